package main

import (
	"encoding/json"
	"errors"
	"os"
)

// argsVariable is the environment variable in which a child of ours finds the
// Args of its task: those that Before has found out, too.
const argsVariable = "PEERS_ARGS"

// told sets what v points to, a struct, to the Args of the task.
func told(v any) error {
	text := os.Getenv(argsVariable)
	if text == "" {
		return errors.New("there is no " + argsVariable + ", which the command sets for the tasks that it times")
	}
	return json.Unmarshal([]byte(text), v)
}
