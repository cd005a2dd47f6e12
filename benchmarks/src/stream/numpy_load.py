"""The other side of loading: reads every array of an npz file with numpy. Argument: the file."""

import json
import resource
import sys
import time

import numpy


def load():
    with numpy.load(sys.argv[1]) as arrays:
        return {name: arrays[name] for name in arrays}


for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "prepare":
        answer = {"version": f"numpy {numpy.__version__}"}
    elif request["do"] == "memory":
        answer = {"peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    else:
        times = []
        end = time.perf_counter() + request["seconds"]
        while not times or time.perf_counter() < end:
            start = time.perf_counter()
            load()
            times.append(1000 * (time.perf_counter() - start))
        answer = {"ms": times}
    print("@" + json.dumps(answer), flush=True)
