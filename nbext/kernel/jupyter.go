package kernel

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

//go:embed serve.py
var serveScript string

// firstPort is the first that is tried when any will do.
const firstPort = 8888

// pageConfig switches off the parts of JupyterLab that would use the network:
// its news and its shop of extensions.
const pageConfig = `{
  "disabledExtensions": {
    "@jupyterlab/apputils-extension:announcements": true,
    "@jupyterlab/extensionmanager-extension:plugin": true
  }
}
`

// A PortError reports a port on which another program listens.
type PortError struct {
	Port int
	Err  error
}

func (e *PortError) Error() string {
	return fmt.Sprintf("kernel: port %d is not to be had (%v): another program listens there; choose another with -port, or none for any that is free", e.Port, e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// A Server says how JupyterLab is to be started.
type Server struct {
	// Port is the port to listen on; 0: the first free one from 8888 on.
	Port int

	// Listen is the IP address to listen on; empty: loopback, 127.0.0.1. Any
	// other lets other machines in, if they have the token; in a container,
	// 0.0.0.0 is what a published port needs.
	Listen string

	// Root is the folder that JupyterLab shows; empty: the notebooks of the
	// checkout.
	Root string

	// Open is a notebook in that folder, or below it, to begin with; empty:
	// what was open last, the first time the quick start.
	Open string

	// Browser opens the notebooks in a browser.
	Browser bool

	// Started, if set, is called with the address, token included, once
	// JupyterLab answers.
	Started func(url string)

	flags []string // more flags of JupyterLab, for tests
}

// Jupyter prepares the lab and runs JupyterLab on a folder until ctx ends,
// which is no error. It listens on loopback, unless told otherwise, and asks
// for a token, which is drawn anew at each start and is part of the address
// that it tells Out. Settings and the runtime files of this JupyterLab are
// kept in the lab, apart from those of any other.
func (l Lab) Jupyter(ctx context.Context, s Server) error {
	listen := s.Listen
	if listen == "" {
		listen = "127.0.0.1"
	}
	if net.ParseIP(listen) == nil {
		return fmt.Errorf("kernel: cannot listen on %q: give an IP address, such as 127.0.0.1 or 0.0.0.0", listen)
	}
	root := s.Root
	if root != "" {
		var err error
		if root, err = filepath.Abs(root); err != nil {
			return fmt.Errorf("kernel: %w", err)
		}
		if st, err := os.Stat(root); err != nil || !st.IsDir() {
			return fmt.Errorf("kernel: there is no folder %s to show", root)
		}
	}
	t := newTeller(l.Out)
	p, err := l.prepare(ctx, t)
	if err != nil {
		return err
	}
	port, err := freePort(s.Port)
	if err != nil {
		return err
	}
	secret := make([]byte, 24)
	rand.Read(secret)
	token := hex.EncodeToString(secret)

	if root == "" {
		if root = filepath.Join(p.checkout, "notebooks"); !exists(root) {
			root = p.checkout
		}
	}
	first, err := s.first(root, p.opened())
	if err != nil {
		return err
	}
	logPath := filepath.Join(p.own, "jupyterlab.log")
	log, err := os.Create(logPath)
	if err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	defer log.Close()
	args := []string{"-I", "-c", serveScript,
		"--ServerApp.ip=" + listen, "--ServerApp.port=" + strconv.Itoa(port), "--ServerApp.port_retries=0",
		"--ServerApp.root_dir=" + root, "--ServerApp.open_browser=" + title(s.Browser),
		"--KernelSpecManager.allowed_kernelspecs=" + Name, "--KernelSpecManager.ensure_native_kernel=False", "--MappingKernelManager.default_kernel_name=" + Name,
		"--LabApp.default_url=" + first, "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly"}
	args = append(args, s.flags...)
	if os.Geteuid() == 0 {
		args = append(args, "--ServerApp.allow_root=True")
	}
	t.say("starting JupyterLab")
	// Whatever ends this function ends the server and the work beside it.
	var beside sync.WaitGroup
	defer beside.Wait()
	running, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(running, p.interpreter(), args...)
	cmd.Env = append(p.jupyterEnv(p.interactive()), "JUPYTER_TOKEN="+token)
	cmd.Stdout, cmd.Stderr = log, log
	alone(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("kernel: starting JupyterLab: %w", err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		close(ended)
	}()

	host := listen
	if net.ParseIP(listen).IsUnspecified() {
		host = "127.0.0.1"
	}
	address := "http://" + net.JoinHostPort(host, strconv.Itoa(port))
	err = untilAnswers(ctx, address+"/api/status?token="+token, ended)
	if err == nil {
		page := address + first + "?token=" + token
		t.say("JupyterLab is at %s", page)
		if !net.ParseIP(listen).IsLoopback() {
			t.say("it listens on %s: whoever reaches that and has the token can run programs here", listen)
		}
		t.say("it serves %s; Ctrl-C ends it", root)
		if s.Started != nil {
			s.Started(page)
		}
		beside.Go(func() { p.afterStart(running, t) })
		err = <-ended
	}
	stop()
	<-ended
	if ctx.Err() != nil {
		reap(cmd)
		t.say("JupyterLab has ended")
		return nil
	}
	if err == nil { // shut down from its own menu
		return nil
	}
	text, _ := os.ReadFile(logPath)
	return fmt.Errorf("kernel: %w", &CommandError{Program: "JupyterLab", Err: err, Output: tail(string(text), 20)})
}

// opened reports whether this lab has been open before: JupyterLab then has a
// workspace, and shows what was open last.
func (p *place) opened() bool {
	found, _ := filepath.Glob(filepath.Join(p.config(), "lab", "workspaces", "*"))
	return len(found) > 0
}

// quickStart is the notebook that a newcomer is shown, where it is there.
const quickStart = "00-quickstart.ipynb"

// first is the path of the address that JupyterLab begins with.
func (s Server) first(root string, opened bool) (string, error) {
	if s.Open == "" {
		if opened || !exists(filepath.Join(root, quickStart)) {
			return "/lab", nil
		}
		s.Open = quickStart
	}
	if !filepath.IsLocal(s.Open) || !exists(filepath.Join(root, s.Open)) {
		return "", fmt.Errorf("kernel: there is no notebook %s in %s", s.Open, root)
	}
	return (&url.URL{Path: "/lab/tree/" + filepath.ToSlash(s.Open)}).EscapedPath(), nil
}

// afterStart does what the reader need not wait for: it builds gopls, and
// compiles the packages after a change to their sources or a long holiday.
func (p *place) afterStart(ctx context.Context, t *teller) {
	p.compile(ctx, nil)
	if p.goplsReady() {
		return
	}
	switch err := p.addGopls(ctx, t); {
	case err == nil:
		t.say("cells are completed with the Tab key once their kernel is restarted")
	case ctx.Err() == nil:
		t.say("cells do without completion: %v", err)
	}
}

// title is how Python writes a bool.
func title(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// freePort returns a port of loopback that nobody listens on.
func freePort(port int) (int, error) {
	try := func(p int) error {
		l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err == nil {
			l.Close()
		}
		return err
	}
	if port != 0 {
		if err := try(port); err != nil {
			return 0, &PortError{Port: port, Err: err}
		}
		return port, nil
	}
	for p := firstPort; p < firstPort+100; p++ {
		if try(p) == nil {
			return p, nil
		}
	}
	return 0, errors.New("kernel: no free port on loopback")
}

// untilAnswers waits until a server answers, or ends.
func untilAnswers(ctx context.Context, url string, ended chan error) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}} // no proxy
	defer client.CloseIdleConnections()
	for giveUp := time.After(2 * time.Minute); ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if resp, err := client.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-ended:
			if err == nil {
				err = errors.New("it ended at once")
			}
			return err
		case <-giveUp:
			return errors.New("it does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// config is the folder of JupyterLab's settings.
func (p *place) config() string { return filepath.Join(p.own, "config") }

// jupyterEnv is the environment of Jupyter, and so of the kernels and cells
// that it starts. Paths that the user gave are made absolute, since cells run
// in the folders of their notebooks.
func (p *place) jupyterEnv(data string) []string {
	env := environ(
		"JUPYTER_DATA_DIR="+data,
		"JUPYTER_CONFIG_DIR="+p.config(),
		"JUPYTER_RUNTIME_DIR="+filepath.Join(p.own, "runtime"),
		"JUPYTER_PATH=", "JUPYTER_CONFIG_PATH=", "JUPYTER_NO_CONFIG=", "JUPYTERLAB_DIR=",
		"PYTHONHOME=", "PYTHONPATH=", "PYTHONUTF8=1",
	)
	for _, name := range []string{"FUSIFORM_DATA", "FUSIFORM_CACHE"} {
		if dir := os.Getenv(name); dir != "" {
			if abs, err := filepath.Abs(dir); err == nil {
				env = append(env, name+"="+abs)
			}
		}
	}
	return env
}
