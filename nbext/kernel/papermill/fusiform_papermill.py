"""Lets papermill set the parameters of notebooks in Go, for the kernel "Go (Fusiform)".

A parameter is declared anew, in a cell after the one tagged "parameters", with the type of its
value: 5 makes an int, 5.0 a float64, ["a", "b"] a []string. `fusiform run -p` looks up the type
that the notebook declares, and needs no papermill.
"""
import json
import math
import re

from papermill.engines import NBClientEngine as Engine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

__all__ = ["Engine", "GoTranslator"]


class GoTranslator(Translator):
    @classmethod
    def translate_escaped_str(cls, val):
        return json.dumps(str(val), ensure_ascii=False)

    @classmethod
    def translate_float(cls, val):
        if math.isfinite(val):
            return repr(val)
        return "math.NaN()" if math.isnan(val) else f"math.Inf({'1' if val > 0 else '-1'})"

    @classmethod
    def translate_none(cls, val):
        raise NotImplementedError("Go has no value of no type: leave the parameter out")

    @classmethod
    def translate_list(cls, val):
        kinds = {type(v) for v in val}
        if kinds == {int, float}:
            val, kinds = [float(v) for v in val], {float}
        go = {str: "string", bool: "bool", int: "int", float: "float64"}
        if len(kinds) != 1 or not kinds <= set(go):
            raise NotImplementedError(f"a list in Go has elements of one type, of bool, string, int or float: {val}")
        return f"[]{go[kinds.pop()]}{{{', '.join(map(cls.translate, val))}}}"

    @classmethod
    def comment(cls, text):
        return f"// {text}"

    @classmethod
    def assign(cls, name, text):
        return f"var {name} = {text}"

    @classmethod
    def inspect(cls, cell):
        line = re.compile(r"^(?:var\s+)?(\w+)\s*([\w\[\]]+)?\s*=\s*(.+?)\s*(?://\s*(.*))?$")
        return [Parameter(m[1], m[2] or "None", m[3], m[4] or "") for m in map(line.match, cell.source.splitlines()) if m]


papermill_translators.register("go", GoTranslator)
