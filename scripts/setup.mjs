import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from './generate.mjs'
import { root, run } from './run.mjs'

/** The pnpm that made the lock file. It comes from the registry through npm, so a machine needs no pnpm of its own. */
const PNPM = 'pnpm@12.21.0'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Sallyport needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** Installs what the lock file says, once per lock file, and generates the database client. */
export const setup = () => {
  const stamp = join(root, 'node_modules', '.cache', 'sallyport-install')
  const wanted = inputsHash()
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    run('install', 'npm', ['exec', '--yes', '--loglevel=error', '--', PNPM, 'install', '--frozen-lockfile'])
    mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true })
    writeFileSync(stamp, wanted)
  }
  generate()
}

/** Changes whenever an install could have another result, on another Node too: native packages differ. */
const inputsHash = () => {
  const hash = createHash('sha256').update(process.version)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}
