"""Records what PyTorch rounds floats to (bfloat16.json): pairs of a float32's bits and its bfloat16's bits.

    python3 packages/files/test/record.py packages/files/test

Made with PyTorch 1.13.
"""
import json
import sys

import torch

generator = torch.Generator().manual_seed(1)
words = torch.randint(-2**31, 2**31, (300,), generator=generator, dtype=torch.int64)
# Ties, and what lies just beside them; the largest values.
ties = torch.randint(0, 2**16, (60,), generator=generator, dtype=torch.int64) * 2**16 + 2**15
special = torch.tensor([0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF, 0x7F800000, 0x00000001, 0x00008000, 0x00008001])
words = torch.cat([words, ties - 2**31, ties - 2**31 - 1, ties - 2**31 + 1, special, special - 2**31])
floats = words.to(torch.int32).view(torch.float32)
kept = ~torch.isnan(floats)
floats = floats[kept]
halves = floats.to(torch.bfloat16).view(torch.int16)
pairs = [[a & 0xFFFFFFFF, b & 0xFFFF] for a, b in zip(floats.view(torch.int32).tolist(), halves.tolist())]
with open(f'{sys.argv[1]}/bfloat16.json', 'w') as file:
    file.write('[\n' + ',\n'.join(json.dumps(pair) for pair in pairs) + '\n]\n')
