"""The published Skill-Mix aggregation in NumPy, written for these tests: tasks on standard input, results on standard output."""

import csv
import json
import sys

import numpy as np

csv.field_size_limit(1 << 30)


def read_file(path, k, deduct):
    """Points of one grading, short rows padded and long ones cut, the sentence point taken from the rule."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    points, skills = [], []
    for row in rows:
        given = row["points_0"].split(",") if row["points_0"] else []
        given = (given + ["0"] * (k + 3))[: k + 3]
        given[-1] = row["true_sentence_lim_pt_0"]
        names = [name.strip() for name in row["skills"].split(",")]
        if deduct:
            prompt = row["user_0"] if "assistant_0" in row else row["[INST]_0"]
            text = prompt.split("For reference, here are the definitions")[0].split("The student's answer was: ")[1]
            for index, name in enumerate(names):
                if name.split("(")[0].strip().lower() in text.strip().lower():
                    given[index] = "0"
        points.append([float(point) for point in given])
        skills.append(names)
    return points, skills


def score(task):
    k, dropped = task["k"], set(task["drop"])
    read = [[read_file(path, k, task["deduct"]) for path in gradings] for gradings in task["files"]]
    votes = np.array([[points for points, _ in gradings] for gradings in read], dtype=np.float32)
    taken = [row for row, names in enumerate(read[0][0][1]) if not dropped & set(names)]
    points = np.rint(votes.mean(axis=1))[:, taken]
    skills, others = points[:, :, :k].sum(axis=2), points[:, :, k:].sum(axis=2)
    metrics = {
        "fullMarks": np.where(points.sum(axis=2) == k + 3, 1, 0),
        "allSkills": np.where((skills == k) & (others >= 2), 1, 0),
        "skillFraction": np.where(others == 3, skills / k, 0),
    }
    return {name: summarise(values.max(axis=0)) for name, values in metrics.items()}


def summarise(values):
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return {
        "mean": float(mean),
        "se": None if np.isnan(error) else float(error),
        "printed": f"{mean:.2f} ± {error:.3f}",
    }


json.dump([score(task) for task in json.load(sys.stdin)], sys.stdout)
