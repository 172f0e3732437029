#!/usr/bin/env bash
# A Slurm cluster of several nodes with fake GPUs on one bare machine, on loopback: no systemd, no cgroups. As root.
#   infra/slurm/lab.sh up|down|status; then: export SLURM_CONF=$SLURM_LAB/etc/slurm.conf
# Needs: apt-get install --no-install-recommends slurm-wlm munge
set -euo pipefail
LAB=${SLURM_LAB:-/tmp/etude-slurm}       # all state lives here
NODES=${SLURM_LAB_NODES:-3}
GPUS=${SLURM_LAB_GPUS:-4}                # fake GPUs a node
BASE=${SLURM_LAB_PORT:-16817}            # slurmctld; slurmds are at BASE+11 and up
CONF=$LAB/etc/slurm.conf
export SLURM_CONF=$CONF

write_conf() {
  mkdir -p "$LAB"/{etc,log,run,munge,ctld,dev}
  chmod 755 "$LAB" "$LAB"/{etc,log,run,munge,ctld,dev}; chmod 700 "$LAB/ctld"
  [ -s "$LAB/etc/munge.key" ] || (umask 077; dd if=/dev/urandom of="$LAB/etc/munge.key" bs=128 count=1 status=none)
  local i acct
  # fake GPUs: plain files satisfy slurmd's stat(); per-node names give distinct devices
  for ((i=0;i<GPUS;i++)); do [ -e "$LAB/dev/gpu$i" ] || mknod "$LAB/dev/gpu$i" c 1 3 2>/dev/null || : > "$LAB/dev/gpu$i"; done
  acct="AccountingStorageType=accounting_storage/none"
  cat > "$CONF" <<C
ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$BASE
SlurmctldParameters=enable_configless
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$LAB/munge/munge.sock
# bind to the hostname's address (loopback, see lo()), not to 0.0.0.0
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$LAB/ctld
SlurmdSpoolDir=$LAB/spool-%n
SlurmctldPidFile=$LAB/run/slurmctld.pid
SlurmdPidFile=$LAB/run/slurmd-%n.pid
SlurmctldLogFile=$LAB/log/slurmctld.log
SlurmdLogFile=$LAB/log/slurmd-%n.log
SlurmctldDebug=info
SlurmdDebug=info
# no cgroups: the sandbox's are not ours to touch
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
# no cgroups, so memory limits are enforced by polling
JobAcctGatherParams=OverMemoryKill
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=3
# quick timers so that tests see things happen
SlurmctldTimeout=10
SlurmdTimeout=10
InactiveLimit=0
MinJobAge=3600
MaxJobCount=10000
OverTimeLimit=0
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=2,batch_sched_delay=0
PrologFlags=Alloc
$acct
JobCompType=jobcomp/filetxt
JobCompLoc=$LAB/log/jobcomp.txt
DefMemPerCPU=64
C
  for ((i=1;i<=NODES;i++)); do
    echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((BASE+10+i)) CPUs=16 Boards=1 SocketsPerBoard=2 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=64000 Gres=gpu:h100:$GPUS State=UNKNOWN" >> "$CONF"
    mkdir -p "$LAB/spool-n$i"
  done
  echo "PartitionName=gpu Nodes=ALL Default=YES MaxTime=1-00:00:00 DefaultTime=00:10:00 State=UP" >> "$CONF"
  echo "NodeName=n[1-$NODES] Name=gpu Type=h100 File=$LAB/dev/gpu[0-$((GPUS-1))]" > "$LAB/etc/gres.conf"
  : > "$LAB/log/jobcomp.txt"; chmod 666 "$LAB/log/jobcomp.txt"
  chmod 644 "$CONF" "$LAB/etc/gres.conf"
}

loopback_only() {
  if ss -ltnH "( sport >= :$BASE and sport <= :$((BASE+10+NODES)) )" | grep -qvE '127\.0\.0\.1:'; then
    echo "a daemon listens beyond loopback, stopping" >&2; down; exit 1; fi
}
start_munge() {
  munged --force --key-file="$LAB/etc/munge.key" --socket="$LAB/munge/munge.sock" \
    --pid-file="$LAB/run/munged.pid" --log-file="$LAB/log/munged.log" --seed-file="$LAB/run/munge.seed" --num-threads=2
}
# Slurm binds to what gethostname() resolves to; where that is not loopback, give daemons their own UTS name.
lo() { if getent ahostsv4 "$(hostname)" | grep -q '^127\.'; then "$@"
       else unshare --uts sh -c 'hostname localhost; exec "$@"' _ "$@"; fi; }
start_node() { # n1
  lo slurmd -N "$1" -f "$CONF"
}

up() {
  write_conf
  start_munge
  lo slurmctld -f "$CONF" -c
  local i; for ((i=1;i<=NODES;i++)); do start_node "n$i"; done
  for _ in $(seq 150); do
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" = "$NODES" ] && break; sleep .1
  done
  loopback_only
  sinfo -N -o '%N %T %G %c %m'
}
down() {
  local p pid f
  # slurmstepd outlives slurmd: cancel first, or job processes stay behind
  if timeout 3 squeue -h -o %A > "$LAB/run/left" 2>/dev/null && [ -s "$LAB/run/left" ]; then
    xargs scancel -Q < "$LAB/run/left" || true
    for _ in $(seq 60); do [ -z "$(squeue -h -t R,CG -o %A 2>/dev/null)" ] && break; sleep .1; done
  fi
  stop() { local f pid; for f in "$@"; do [ ! -s "$f" ] || kill "$(cat "$f")" 2>/dev/null || true; done
    for f in "$@"; do [ -s "$f" ] || continue; pid=$(cat "$f" 2>/dev/null) || continue
      for _ in $(seq 30); do kill -0 "$pid" 2>/dev/null || break; sleep .1; done; kill -9 "$pid" 2>/dev/null || true; rm -f "$f"; done; }
  stop "$LAB"/run/slurmd-*.pid; stop "$LAB/run/slurmctld.pid"; stop "$LAB/run/munged.pid"
}
case "${1:-up}" in
  up) up ;; down) down ;; status) sinfo -N -l ;; node) start_node "$2" ;;

esac
