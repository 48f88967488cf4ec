import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, runBin } from './run.mjs'

const generated = join(root, 'packages/database/src/generated')
const stamp = join(generated, '.inputs')

/** Generates the database client, when the schema is not the one that it was made from. */
export const generate = () => {
  const wanted = inputsHash()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  runBin('generation of the database client', 'prisma', ['generate'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // The generator never runs the schema engine, and would download it: any existing file satisfies it.
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
  writeFileSync(stamp, wanted)
}

const inputsHash = () => {
  const hash = createHash('sha256')
  const schema = join(root, 'prisma/schema')
  const files = readdirSync(schema)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
  for (const file of [...files.map((name) => join(schema, name)), join(root, 'prisma.config.ts')]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  // A new Prisma makes new code from the same schema.
  return hash.update(readFileSync(join(root, 'node_modules/prisma/package.json'))).digest('hex')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) generate()
