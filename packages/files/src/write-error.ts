import { DataError } from './errors.ts';

/** Turns a failed write into an error that says what to do. */
export function writeError(path: string, cause: unknown): DataError {
  const error = cause as NodeJS.ErrnoException;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new DataError(path, 'could not be written: the disk is full', 'Free some space and try again.', {
      cause,
    });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new DataError(
      path,
      'could not be written: the folder is read-only for this user',
      'Choose another folder or change its permissions.',
      { cause },
    );
  }
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new DataError(
      path,
      'could not be written: its folder does not exist',
      'Create the folder first.',
      { cause },
    );
  }
  return new DataError(path, `could not be written (${error.message})`, 'Check the path and the disk.', {
    cause,
  });
}
