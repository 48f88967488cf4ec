import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** Programs with native code, as in scripts/build.mjs: found from where the bundle lies. */
const nativePackages = ['argon2', 'koffi', 'libsql', /^@koromix\//, /^@libsql\/(linux|darwin|win32)/, /^@lydell\//]

/** Bundles a program as the release does, since a child process of a test cannot run TypeScript. `input` is relative to this folder. */
export const bundle = async (
  input: string,
  output: { readonly directory: string; readonly name: string; readonly oneFile?: boolean },
): Promise<void> => {
  const build = await rolldown({
    input: fileURLToPath(new URL(input, import.meta.url)),
    platform: 'node',
    external: [...builtinModules, /^node:/, ...nativePackages],
    transform: { target: 'node20.19', define: { __SALLYPORT_VERSION__: '"9.8.7"' } },
    logLevel: 'silent',
  })
  await build.write({
    dir: output.directory,
    format: 'esm',
    entryFileNames: output.name,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: output.oneFile !== true,
    banner:
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  })
  await build.close()
}
