import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { become, root } from './run.mjs'
import { setup } from './setup.mjs'

/*
 * `npm run bench`: the packaged daemon against a bare server, in one run. `--profile` makes Node write a CPU profile of each process into bench/profiles,
 * `--no-build` measures the last build, `--only=V1,V4` these figures.
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

const profile = []
if (flags.has('--profile')) {
  const profiles = join(root, 'bench/profiles')
  mkdirSync(profiles, { recursive: true })
  profile.push('--profiles', profiles)
}
const only = [...flags].filter((flag) => flag.startsWith('--only='))
become(process.execPath, [
  join(tools, 'main.js'),
  ...only,
  ...profile,
  join(root, 'apps/cli/bin/sallyport.js'),
  join(tools, 'bare-server.js'),
  String(freePort),
])
