import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'

const daemonUrl = 'http://localhost:8447'

/**
 * The daemon's gate accepts only its own origin, in development too: the proxy speaks as the page that the daemon would have served, so no rule
 * of the gate is loosened. The cookie of `sallyport open` counts here as well, because cookies know no ports.
 */
const toDaemon = { target: daemonUrl, changeOrigin: true, ws: true, headers: { origin: daemonUrl } }

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [solid({ solid: { moduleName: '#solid-dom' } })],
  resolve: {
    alias: [
      { find: '#solid-dom', replacement: fileURLToPath(new URL('src/solid-dom.ts', import.meta.url)) },
      // The usual build of cbor-x tries `new Function('')` when it is loaded: one violation of the page's policy per page.
      { find: /^cbor-x$/, replacement: 'cbor-x/index-no-eval' },
    ],
  },
  server: { host: 'localhost', port: 5173, proxy: { '/trpc': toDaemon, '^/sessions/[^/]+/log': toDaemon } },
  // The daemon gives a file of this name, and no other, the policy under which WebAssembly runs (SPEC W9).
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } } },
  build: {
    outDir: 'dist',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The page's policy has no inline script and no data: font; every asset is a file of ours.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
