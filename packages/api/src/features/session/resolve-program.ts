import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../../errors.ts'

/** What a shell uses when PATH is not set at all. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

type Obstacle = 'missing' | 'directory' | 'not executable'
type Verdict = 'ok' | Obstacle

/** A name or path as it was typed, and where that is looked up. */
export interface ProgramRequest {
  readonly program: string
  readonly cwd: string
  /** Of the session. */
  readonly path?: string | undefined
  /** A command line that installs it. */
  readonly installHint?: string | null
}

/**
 * The absolute path of a program, as execvp(3) finds it. Done here because a PTY reports a missing program only as exit 1 with a line of text.
 * @throws AppError `cannot_start`
 */
export const resolveProgram = async ({ program, installHint = null, ...where }: ProgramRequest): Promise<string> => {
  const { file, obstacle } = await findProgram({ program, ...where })
  if (obstacle === null) return file
  const install = obstacle === 'missing' && installHint !== null ? ` Install it: ${installHint}` : ''
  throw new AppError('cannot_start', sentences[obstacle](program) + install)
}

interface Found {
  readonly file: string
  readonly obstacle: Obstacle | null
}

export const findProgram = async ({ program, cwd, path = DEFAULT_PATH }: ProgramRequest): Promise<Found> => {
  if (program.includes('/')) {
    const file = resolve(cwd, program)
    const verdict = await look(file)
    return { file, obstacle: verdict === 'ok' ? null : verdict }
  }
  // The kernel goes on after a file that is not executable, and complains about it only when nothing else is found.
  let worst: Obstacle = 'missing'
  for (const directory of path.split(':')) {
    const file = join(resolve(cwd, directory), program)
    const verdict = await look(file)
    if (verdict === 'ok') return { file, obstacle: null }
    if (verdict !== 'missing') worst = verdict
  }
  return { file: program, obstacle: worst }
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

const sentences: Record<Obstacle, (program: string) => string> = {
  missing: (program) => (program.includes('/') ? `${program} does not exist.` : `${program} was not found on PATH.`),
  directory: (program) => `${program} is a directory, not a program.`,
  'not executable': (program) => `${program} is not executable.`,
}
