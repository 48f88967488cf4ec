/** A trouble with the database that the person at the machine can do something about. `message` is a sentence for them. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}

/** By the primary result code (sqlite.org/rescode.html), which is what is left when Prisma has wrapped the driver's error. */
const sentences: Readonly<Record<string, (path: string) => string>> = {
  SQLITE_BUSY: locked,
  SQLITE_LOCKED: locked,
  SQLITE_NOTADB: damaged,
  SQLITE_CORRUPT: damaged,
  SQLITE_CANTOPEN: (path) => `${path} cannot be opened. Does its directory exist, and is it yours?`,
  SQLITE_READONLY: (path) => `${path} cannot be written. Check its permissions and those of its directory.`,
  SQLITE_PERM: (path) => `${path} cannot be written. Check its permissions and those of its directory.`,
  SQLITE_FULL: (path) => `The disk that holds ${path} is full. Free some space and try again.`,
  SQLITE_IOERR: (path) =>
    `${path} cannot be read or written. Is its disk there and healthy, and the file still in place?`,
  ENOENT: (path) => `${path} cannot be made: its directory does not exist.`,
  ENOTDIR: (path) => `${path} cannot be made: its directory is not a directory.`,
  EACCES: (path) => `${path} cannot be opened: permission denied.`,
  EISDIR: (path) => `${path} is a directory, where the database should be.`,
  ENOSPC: (path) => `The disk that holds ${path} is full. Free some space and try again.`,
  EROFS: (path) => `${path} is on a read-only file system.`,
}

function locked(path: string): string {
  const end = path.startsWith('/') ? `End it (\`fuser ${path}\` names it)` : 'End it'
  return `Another process holds a lock on ${path}. ${end} and try again.`
}

function damaged(path: string): string {
  return (
    `${path} is damaged or is not a database. Move it and its -wal and -shm files away and start again: ` +
    'session logs are kept, but lists, sign-ins and the audit log begin anew. Or restore a backup.'
  )
}

/** The error as a `DatabaseError`, or null when it is a mistake of ours (a constraint, wrong SQL) and not a trouble with the file. */
export const databaseError = (error: unknown, path = 'the database'): DatabaseError | null => {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 8; depth += 1) {
    if (at instanceof DatabaseError) return at
    const sentence = sentences[codeOf(at) ?? '']
    if (sentence !== undefined) return new DatabaseError(sentence(path), { cause: error })
    at = beneath(at)
  }
  return null
}

/** Prisma hides the driver's error in `meta`, everybody else in `cause`. */
const beneath = (error: object): unknown => {
  if ('meta' in error && typeof error.meta === 'object' && error.meta !== null && 'driverAdapterError' in error.meta) {
    return error.meta.driverAdapterError
  }
  return 'cause' in error ? error.cause : undefined
}

const codeOf = (error: object): string | undefined => {
  if ('code' in error && typeof error.code === 'string' && error.code in sentences) return error.code
  // What is left of the driver's error under Prisma: `SQLITE_BUSY: database is locked`.
  const message = 'originalMessage' in error ? error.originalMessage : undefined
  return typeof message === 'string' ? /^SQLITE_[A-Z]+/.exec(message)?.[0] : undefined
}
