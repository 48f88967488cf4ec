import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './run.mjs'
import { setup } from './setup.mjs'

/*
 * `npm run dev`: the built daemon, and Vite with hot reload in front of it. The gate stays as it is: Vite's proxy speaks to the daemon under the daemon's own name
 * (apps/web/vite.config.ts). Sign in with the address that `npx sallyport open --print` gives, its port replaced by Vite's.
 */
setup()
const { build } = await import('./build.mjs')
await build()

const children = [
  spawn(process.execPath, [join(root, 'apps/cli/bin/sallyport.js'), 'daemon', ...process.argv.slice(2)], {
    stdio: 'inherit',
  }),
  spawn(join(root, 'apps/web/node_modules/.bin/vite'), [], { cwd: join(root, 'apps/web'), stdio: 'inherit' }),
]
const stop = () => {
  for (const child of children) child.kill('SIGTERM')
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
for (const child of children) {
  child.on('exit', (code) => {
    process.exitCode ||= code ?? 0
    stop()
  })
}
