import {
  type ByteSource,
  mistakenSource,
  quoteName,
  readZipDirectory,
  readZipMember,
  type ZipMember,
} from '@glassbox/files';
import type { Load } from './load.ts';

/** The longest pickle that is read: of 10,000 tensors it has about 2 MB. */
const maxPickleBytes = 64 << 20;

/**
 * PyTorch's format since 1.6: a zip of stored members `NAME/data.pkl` (the pickle), `NAME/data/KEY` (a storage each)
 * and a few more.
 */
export async function readArchive(source: ByteSource, load: Load): Promise<unknown> {
  const members = new Map((await readZipDirectory(source)).map((member) => [member.name, member]));
  const pickles = [...members.keys()].filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickles.length === 0) {
    const mistaken = await mistakenSource(source);
    const looks = mistaken ? `: it ${mistaken.looks}` : '';
    return load.fail(
      `is a zip file without a data.pkl${looks}`,
      mistaken?.fix ?? 'Give a file of torch.save.',
    );
  }
  if (pickles.length > 1)
    return load.fail('is a zip file with several data.pkl', 'Give a file of torch.save.');
  const folder = pickles[0].slice(0, -'data.pkl'.length);
  if (members.has(`${folder}constants.pkl`)) {
    return load.fail(
      'is a TorchScript module (torch.jit.save), which holds code',
      'Save its weights in Python: torch.save(torch.jit.load(path).state_dict(), other).',
    );
  }
  const pickle = members.get(pickles[0])!;
  if (pickle.size > maxPickleBytes)
    load.fail(`has a pickle of ${pickle.size} bytes; ${maxPickleBytes} are read`);
  const { value, end } = load.unpickle(await readZipMember(source, pickle), 0);
  if (end !== pickle.size) load.fail(`has ${pickle.size - end} bytes behind its pickle`);
  const order = await byteOrder(source, members.get(`${folder}byteorder`));
  if (order !== 'little' && order !== 'big')
    load.fail(`says that its bytes are in the order ${quoteName(order)}`);
  for (const storage of load.tensors.storages) {
    const member = members.get(`${folder}data/${storage.key}`);
    if (!member) return load.fail(`lacks the storage ${quoteName(storage.key)} that its pickle speaks of`);
    if (member.size !== storage.byteLength) {
      load.fail(
        `has ${member.size} bytes for the storage ${quoteName(storage.key)}, which takes ${storage.byteLength}`,
      );
    }
    load.tensors.fill(storage, await readZipMember(source, member), order === 'big');
  }
  return value;
}

/** Files from before PyTorch 2.1 do not say: they come from machines of either order, nearly all little-endian. */
async function byteOrder(source: ByteSource, member: ZipMember | undefined): Promise<string> {
  if (!member || member.size > 100) return member ? 'of a long name' : 'little';
  return new TextDecoder('latin1').decode(await readZipMember(source, member));
}
