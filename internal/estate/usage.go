package main

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// unknown is the value of what cannot be measured on this system.
const unknown = -1

// cpuOf is the user and system time that a resource usage counts, in seconds.
func cpuOf(u *syscall.Rusage) float64 {
	return (time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Seconds()
}

// peakOf is the largest resident set that a resource usage counts, in bytes.
func peakOf(u *syscall.Rusage) int64 {
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}

// selfUsage returns the seconds of CPU and the peak memory, in bytes, of this process.
func selfUsage() (cpu float64, peak int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return unknown, unknown
	}
	return cpuOf(&u), peakOf(&u)
}

// endedUsage is selfUsage of a process that has ended.
func endedUsage(cmd *exec.Cmd) (cpu float64, peak int64) {
	u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return unknown, unknown
	}
	return cpuOf(u), peakOf(u)
}

// clockTick is the unit of the times in /proc, which Linux fixes for programs.
const clockTick = 0.01 // seconds

// runningUsage is selfUsage of a process that runs, from /proc: unknown where there is none.
func runningUsage(pid int) (cpu float64, peak int64) {
	cpu, peak = unknown, unknown
	proc := "/proc/" + strconv.Itoa(pid)
	if stat, err := os.ReadFile(proc + "/stat"); err == nil {
		// The name of the program, in parentheses, may contain anything.
		_, rest, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, err1 := strconv.ParseFloat(f[11], 64)
			system, err2 := strconv.ParseFloat(f[12], 64)
			if err1 == nil && err2 == nil {
				cpu = (user + system) * clockTick
			}
		}
	}
	status, _ := os.ReadFile(proc + "/status")
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64); err == nil {
				peak = kib << 10
			}
		}
	}
	return cpu, peak
}
