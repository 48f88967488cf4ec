import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../../errors.ts'

/** What a shell uses when PATH is not set at all. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

type Verdict = 'ok' | 'missing' | 'directory' | 'not executable'

/**
 * The absolute path of a program, as execvp(3) finds it. Done here because a PTY reports a missing program only as exit 1 with a line of text.
 * @throws AppError `cannot_start`
 */
export const resolveProgram = async (program: string, cwd: string, path = DEFAULT_PATH): Promise<string> => {
  if (program.includes('/')) {
    const file = resolve(cwd, program)
    const verdict = await look(file)
    if (verdict === 'ok') return file
    throw cannotStart(program, verdict)
  }
  // The kernel goes on after a file that is not executable, and complains about it only when nothing else is found.
  let worst: Verdict = 'missing'
  for (const directory of path.split(':')) {
    const file = join(resolve(cwd, directory), program)
    const verdict = await look(file)
    if (verdict === 'ok') return file
    if (verdict !== 'missing') worst = verdict
  }
  throw cannotStart(program, worst)
}

/** @throws AppError `cannot_start` */
export const requireDirectory = async (cwd: string): Promise<void> => {
  const isDirectory = await stat(cwd).then(
    (stats) => stats.isDirectory(),
    (cause: NodeJS.ErrnoException) => {
      throw new AppError(
        'cannot_start',
        `The directory ${cwd} ${isMissing(cause) ? 'does not exist' : 'cannot be entered'}.`,
      )
    },
  )
  if (!isDirectory) throw new AppError('cannot_start', `${cwd} is not a directory.`)
  await access(cwd, constants.X_OK).catch(() => {
    throw new AppError('cannot_start', `The directory ${cwd} cannot be entered: permission denied.`)
  })
}

const look = async (file: string): Promise<Verdict> => {
  try {
    if ((await stat(file)).isDirectory()) return 'directory'
  } catch (error) {
    return isMissing(error as NodeJS.ErrnoException) ? 'missing' : 'not executable'
  }
  return access(file, constants.X_OK).then(
    () => 'ok',
    () => 'not executable',
  )
}

const isMissing = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG'

const cannotStart = (program: string, verdict: Verdict): AppError => {
  const sentences: Record<Verdict, string> = {
    ok: '',
    missing: program.includes('/') ? `${program} does not exist.` : `${program} was not found on PATH.`,
    directory: `${program} is a directory, not a program.`,
    'not executable': `${program} is not executable.`,
  }
  return new AppError('cannot_start', sentences[verdict])
}
