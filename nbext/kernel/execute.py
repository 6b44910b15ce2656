"""Executes one notebook and tells each step as a line of JSON on file descriptor 3.

The only argument is a JSON object: notebook, executed and page (paths), kernel,
folder (where cells run) and timeout (seconds for a cell). Run by kernel.Lab.
"""
import asyncio
import json
import os
import signal
import sys
import threading
import time
import traceback

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# nbconvert's page, less the scripts that it would load from the network.
PAGE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
"""

job = json.loads(sys.argv[1])
news = os.fdopen(3, "w", encoding="utf-8")


def tell(event, **facts):
    json.dump({"event": event, **facts}, news)
    news.write("\n")
    news.flush()


def replace(path, text):
    tmp = path + ".tmp"
    with open(tmp, "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(tmp, path)


def watch_parent():
    """Ends this process, and the kernel with it, when the one that started it is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    nb = nbformat.read(job["notebook"], as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    numbers, running = {}, {}
    for i, cell in enumerate(nb.cells):
        # The cells that JupyterLab would number.
        if cell.cell_type == "code" and cell.source.strip():
            numbers[i] = len(numbers) + 1

    def started(cell, cell_index, **_):
        if cell_index in numbers:
            running["cell"], running["source"] = numbers[cell_index], cell
            tell("start", cell=numbers[cell_index], of=len(numbers))

    def executed(cell, cell_index, execute_reply=None, **_):
        if cell_index in numbers and execute_reply["content"]["status"] == "ok":
            tell("done", cell=numbers[cell_index], of=len(numbers))

    client = NotebookClient(
        nb,
        kernel_name=job["kernel"],
        timeout=job["timeout"],
        startup_timeout=120,
        record_timing=False,
        resources={"metadata": {"path": job["folder"]}},
        on_cell_start=started,
        on_cell_executed=executed,
    )

    failure = None
    try:
        client.execute()
    except CellExecutionError as e:
        failure = {"kind": "error", "name": e.ename, "value": e.evalue}
        for output in running["source"].outputs:
            if output.output_type == "error":
                failure["traceback"] = "\n".join(output.traceback)
            elif output.output_type == "stream" and output.name == "stderr":
                failure["stderr"] = failure.get("stderr", "") + output.text
    except CellTimeoutError:
        failure = {"kind": "timeout"}
    except DeadKernelError:
        failure = {"kind": "dead"}

    if failure:
        tell("stopped", cell=running.get("cell", 0), of=len(numbers))
    replace(job["executed"], nbformat.writes(nb))

    from nbconvert import HTMLExporter  # slow to load: the first cell need not wait for it

    exporter = HTMLExporter(raw_template=PAGE, embed_images=True)
    name = os.path.splitext(os.path.basename(job["notebook"]))[0]
    page, _ = exporter.from_notebook_node(nb, resources={"metadata": {"name": name, "path": job["folder"]}})
    replace(job["page"], page)
    if failure:
        tell("failed", cell=running.get("cell", 0), of=len(numbers), **failure)
    else:
        tell("finished", cell=len(numbers), of=len(numbers))


threading.Thread(target=watch_parent, daemon=True).start()
try:
    main()
except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
    sys.exit(130)
except Exception as e:
    traceback.print_exc()
    tell("broken", value=f"{type(e).__name__}: {e}")
    sys.exit(1)
