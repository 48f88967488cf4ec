import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { become, root } from './run.mjs'
import { setup } from './setup.mjs'

/*
 * `npm run bench`: the packaged daemon against a bare server, in one run. `--profile` makes Node write a CPU profile of each process into bench/profiles,
 * `--no-build` measures the last build.
 */
setup()
const { build, bundleTool } = await import('./build.mjs')
const flags = new Set(process.argv.slice(2))
if (!flags.has('--no-build')) await build()

// In bench/, so that native packages are found from there.
const tools = join(root, 'bench/dist')
await bundleTool('bench/main.ts', tools, 'main.js')
await bundleTool('bench/bare-server.ts', tools, 'bare-server.js')

/** A port that was free a moment ago: the daemon is asked for it by number, so that its first answer can be timed from outside. */
const freePort = await new Promise((resolve, reject) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
  probe.once('error', reject)
})

const profiles = join(root, 'bench/profiles')
const env = { ...process.env }
if (flags.has('--profile')) {
  mkdirSync(profiles, { recursive: true })
  env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${profiles}`
}
become(
  process.execPath,
  [join(tools, 'main.js'), join(root, 'apps/cli/bin/sallyport.js'), join(tools, 'bare-server.js'), String(freePort)],
  { env },
)
