"""Runs JupyterLab until it is told to end, or until the process that started it is gone. Run by kernel.Lab."""
import os
import signal
import sys
import threading
import time

from jupyterlab.labapp import main


def watch_parent():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=watch_parent, daemon=True).start()
sys.exit(main(sys.argv[1:]))
