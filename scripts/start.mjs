import { join } from 'node:path'
import { become, root } from './run.mjs'
import { setup } from './setup.mjs'

// `npm start`: install, build, run the daemon in the foreground. Arguments after `--` go to the daemon.
setup()
const { build } = await import('./build.mjs')
await build()
become(process.execPath, [join(root, 'apps/cli/bin/sallyport.js'), 'daemon', ...process.argv.slice(2)])
