#!/bin/sh
# guard.sh GRACE COMMAND [ARGUMENT...]: runs COMMAND and ends its whole process group when standard input closes.
# The owner holds the other end of that pipe, so the command ends with it, also when the owner is killed with -9.
# Run it as the leader of a process group of its own: the signals below go to the group.
grace=$1
shift
trap : TERM INT HUP # signals to the group are meant for the command; the guard must outlive it to report its status
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
  trap : TERM INT HUP
  while read -r _ <&3; do :; done
  kill -TERM 0
  while [ "$grace" -gt 0 ] && kill -0 "$child" 2>/dev/null; do
    sleep 1
    grace=$((grace - 1))
  done
  # The command has ended by itself: the guard reports its status first, and ends this.
  kill -0 "$child" 2>/dev/null || sleep 1
  kill -KILL 0
) &
watcher=$!
# A trapped signal interrupts `wait`, so wait again until the command itself has ended.
while wait "$child"; status=$?; kill -0 "$child" 2>/dev/null; do :; done
kill -KILL "$watcher" 2>/dev/null
exit "$status"
