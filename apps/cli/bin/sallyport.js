#!/usr/bin/env node
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// Before anything of ours is loaded: the young generation stays as small as it begins. V8 grows it while modules load and gives it back late; for a daemon
// that is 7 MiB as long as it lives (V3, V5, measured).
setFlagsFromString('--semi-space-growth-factor=1')

const main = new URL('../dist/cli/main.js', import.meta.url)

if (existsSync(fileURLToPath(main))) {
  // Node 22 and later keep compiled code between runs; Node 20 does not have it.
  module.enableCompileCache?.()
  await import(main.href)
} else {
  process.stderr.write('sallyport is not built. In the checkout, run: npm start\n')
  process.exitCode = 1
}
