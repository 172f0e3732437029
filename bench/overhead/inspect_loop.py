"""Asks the requests of a file by Inspect AI, text by text, and prints what that took: URL, IN_FLIGHT, FILE, FOLDER OF LOGS."""

import json
import os
import resource
import sys
import time

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import solver

url, in_flight, file, logs = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
texts = json.load(open(file))
# As at Etude, limits belong to models, and one text after another takes at most one of them.
models = {
    name: get_model(
        f"openai-api/lab/{name}", base_url=url, api_key="lab", config=GenerateConfig(max_connections=in_flight)
    )
    for name in {request["model"] for text in texts for request in text}
}
calls = 0


def fill(content, replies):
    for turn, reply in enumerate(replies):
        content = content.replace(f"<<reply {turn}>>", reply)
    return content


@solver
def ask_text():
    async def solve(state, generate):
        global calls
        replies = []
        for request in texts[state.metadata["at"]]:
            messages = [
                (ChatMessageUser if message["role"] == "user" else ChatMessageAssistant)(
                    content=fill(message["content"], replies)
                )
                for message in request["messages"]
            ]
            output = await models[request["model"]].generate(messages, config=GenerateConfig(**request["config"]))
            replies.append(output.completion)
            calls += 1
        return state

    return solve


def machine():
    user, nice, system, _, _, irq, softirq, steal = map(int, open("/proc/stat").readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def cpu():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


samples = [Sample(input=str(at), metadata={"at": at}) for at in range(len(texts))]
before, machine_before, start = cpu(), machine(), time.perf_counter()
[log] = eval(
    Task(dataset=MemoryDataset(samples), solver=ask_text()),
    model=next(iter(models.values())),
    max_samples=in_flight,
    log_dir=logs,
    display="none",
    score=False,
)
seconds = time.perf_counter() - start
if log.status != "success":
    sys.exit(f"the evaluation ended as {log.status}: {log.error and log.error.message}")
print(json.dumps({"calls": calls, "seconds": seconds, "cpu": {"inspect": cpu() - before}, "machine": machine() - machine_before}))
