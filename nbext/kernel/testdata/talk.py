"""Talks to the kernel as a notebook does: reads requests, a line of JSON each, and answers with one.

Arguments: the folder of kernel specs, and that in which cells run. A request has "do": execute,
complete, inspect (with "code", and "cursor" in characters), or interrupt (with "code", which is
interrupted once it has printed something).
"""
import json
import os
import sys
import time

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

specs = KernelSpecManager(kernel_dirs=[sys.argv[1]])
specs.ensure_native_kernel = False
manager = KernelManager(kernel_name="fusiform", kernel_spec_manager=specs)
manager.start_kernel(cwd=sys.argv[2], stderr=open(os.devnull, "w"))
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=120)


def cpu():
    """Seconds of processor time that the kernel and what it has run took."""
    try:
        with open(f"/proc/{manager.provisioner.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0


def execute(code, interrupt=False):
    start, used = time.time(), cpu()
    answer = {"stdout": "", "stderr": "", "data": [], "shown": 0}
    sent = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=300)
        if message["parent_header"].get("msg_id") != sent:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            answer[content["name"]] += content["text"]
            if interrupt:
                manager.interrupt_kernel()
                interrupt, start = False, time.time()
        elif kind in ("display_data", "execute_result", "update_display_data"):
            answer["data"].append({k: v for k, v in content["data"].items() if k.startswith("text/")})
            answer["shown"] = time.time() - start
        elif kind == "error":
            answer |= {"ename": content["ename"], "evalue": content["evalue"], "traceback": "\n".join(content["traceback"])}
        elif kind == "status" and content["execution_state"] == "idle":
            break
    reply = client.get_shell_msg(timeout=60)
    return answer | {"status": reply["content"]["status"], "seconds": time.time() - start, "cpu": cpu() - used}


def ask(kind, code, cursor):
    sent = getattr(client, kind)(code, cursor)
    while True:
        reply = client.get_shell_msg(timeout=120)
        if reply["parent_header"].get("msg_id") == sent:
            return reply["content"]


try:
    for line in sys.stdin:
        r = json.loads(line)
        if r["do"] in ("execute", "interrupt"):
            answer = execute(r["code"], r["do"] == "interrupt")
        else:
            answer = ask(r["do"], r["code"], r["cursor"])
        print(json.dumps(answer), flush=True)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=False)
