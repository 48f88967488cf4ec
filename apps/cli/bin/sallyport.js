#!/usr/bin/env node
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'

const main = new URL('../dist/cli/main.js', import.meta.url)

if (existsSync(fileURLToPath(main))) {
  // Node 22 and later keep compiled code between runs; Node 20 does not have it.
  module.enableCompileCache?.()
  await import(main.href)
} else {
  process.stderr.write('sallyport is not built. In the checkout, run: npm start\n')
  process.exitCode = 1
}
