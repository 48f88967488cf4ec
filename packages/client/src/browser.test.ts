import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const bundled = async (entry: string): Promise<string> => {
  const build = await rolldown({
    input: fileURLToPath(new URL(entry, import.meta.url)),
    platform: 'browser',
    external: [...builtinModules, /^node:/],
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  return output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('')
}

test('the browser entry leads to no module of Node and to no schema library', async () => {
  const code = await bundled('./browser.ts')
  expect(code).not.toMatch(/\bfrom\s*["'](?:node:)?[a-z]|import\s*["']/)
  expect(code).not.toContain('ZodType')
  expect(gzipSync(code).byteLength).toBeLessThan(40 * 1024)
})
