import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root, run } from './run.mjs'

/*
 * `npm run pack`: the tarball of the published package, in dist/. It holds what `npm run build` made; its manifest is apps/cli's without what is
 * bundled already, with the catalog's exact versions written out, and without scripts: nothing of ours runs at install.
 */
const source = join(root, 'apps/cli')
const stage = join(root, 'dist/sallyport')
if (!existsSync(join(source, 'dist/cli/main.js'))) throw new Error('nothing built yet: run `npm run build` first')

rmSync(stage, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })
for (const part of ['bin', 'dist']) cpSync(join(source, part), join(stage, part), { recursive: true })
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md']) cpSync(join(root, file), join(stage, file))

const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))
const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
const { private: _private, devDependencies: _bundled, scripts: _scripts, dependencies, ...published } = manifest
const exact = Object.fromEntries(
  Object.entries(dependencies).map(([name, version]) => {
    if (version !== 'catalog:' || !catalog[name])
      throw new Error(`${name}: a published dependency needs a version in the catalog`)
    return [name, catalog[name]]
  }),
)
writeFileSync(
  join(stage, 'package.json'),
  `${JSON.stringify({ ...published, files: ['bin', 'dist'], dependencies: exact }, null, 2)}\n`,
)
run('pack', 'npm', ['pack', '--loglevel=error', '--pack-destination', join(root, 'dist')], { cwd: stage })
