#!/usr/bin/env bash
# A real SLURM of one node on this machine, without systemd: tests/cluster/setup.sh start | stop
#
# `start` installs Debian's packages, writes /etc/slurm/slurm.conf from the machine's cores and memory, starts munged,
# slurmctld and slurmd where they are not running, and waits until the node is idle. It may be called again at any time.
# `stop` ends the daemons that `start` began, and no others.
set -euo pipefail

conf=/etc/slurm/slurm.conf
mark="# Written by compactvid's tests/cluster/setup.sh"
state=/var/lib/compactvid-slurm # whose daemons are ours: a file DAEMON.pid each
cluster=compactvid

fail() {
  echo "setup.sh: $*" >&2
  exit 1
}

running() {
  [ -f "$state/$1.pid" ] && kill -0 "$(cat "$state/$1.pid")" 2>/dev/null
}

install() {
  command -v slurmctld slurmd sbatch munged >/dev/null && return
  command -v apt-get >/dev/null || fail "slurmctld, slurmd and munged are needed; only Debian's apt-get is known here"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
}

configure() {
  if [ -f "$conf" ] && ! grep -qF "$mark" "$conf"; then
    fail "$conf is there and not ours: this machine has a SLURM of its own, which the test leaves alone"
  fi
  local memory
  memory=$(awk '/MemTotal/ { print int($2 / 1024 * 0.95) }' /proc/meminfo)
  cat >"$conf" <<END
$mark
ClusterName=$cluster
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
# Neither control groups nor accounting: both need more than a container has.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=1,sched_interval=5
# squeue tells how a job ended for that long; without accounting nothing else does.
MinJobAge=300
# A cancelled job's processes have that long to end before they are killed.
KillWait=5
StateSaveLocation=$state/slurmctld
SlurmdSpoolDir=$state/slurmd
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(getconf _NPROCESSORS_ONLN) RealMemory=$memory State=UNKNOWN
PartitionName=standard Nodes=$(hostname -s) Default=YES MaxTime=INFINITE State=UP
END
}

begin_munge() {
  munge -n 2>/dev/null | unmunge >/dev/null 2>&1 && return
  mkdir -p /run/munge /var/log/munge
  chown munge: /run/munge /var/log/munge
  chmod 755 /run/munge
  runuser -u munge -- /usr/sbin/munged
  cp /run/munge/munged.pid "$state/munged.pid"
  for _ in $(seq 20); do
    munge -n 2>/dev/null | unmunge >/dev/null 2>&1 && return
    sleep 0.25
  done
  fail "munged does not answer; see /var/log/munge/munged.log"
}

start() {
  install
  mkdir -p "$state/slurmctld" "$state/slurmd"
  configure
  begin_munge
  for daemon in slurmctld slurmd; do
    running "$daemon" || "$daemon" || fail "$daemon does not start; see $state/$daemon.log"
  done
  local node
  for _ in $(seq 120); do
    node=$(sinfo --noheader --format=%T 2>/dev/null || true)
    case "$node" in
      idle | mixed | allocated)
        sinfo --Node --format="%N %T %c CPUs %m MiB"
        return
        ;;
      # A node that was killed is believed down until somebody says otherwise.
      down* | drain*) scontrol update "NodeName=$(hostname -s)" State=RESUME 2>/dev/null || true ;;
    esac
    sleep 0.5
  done
  tail -n 20 "$state"/slurm*.log >&2
  fail "the node is ${node:-unknown} after a minute, expected idle"
}

stop() {
  if running slurmctld; then
    scancel --quiet --state=RUNNING,PENDING 2>/dev/null || true
  fi
  for daemon in slurmd slurmctld munged; do
    if running "$daemon"; then
      local pid
      pid=$(cat "$state/$daemon.pid")
      kill "$pid"
      for _ in $(seq 80); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.25
      done
      kill -0 "$pid" 2>/dev/null && fail "$daemon ($pid) does not end"
    fi
    rm -f "$state/$daemon.pid"
  done
  # Without the daemons its settings only mislead: Snakemake's plugin asks any SLURM that it finds.
  if [ -f "$conf" ] && grep -qF "$mark" "$conf"; then rm "$conf"; fi
  rm -rf "$state"
}

[ "$(id -u)" = 0 ] || fail "needs root: it installs Debian packages, writes $conf and starts daemons"
case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *) fail "expected start or stop, not '${1:-}'" ;;
esac
