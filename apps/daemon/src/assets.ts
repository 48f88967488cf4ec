import { fileURLToPath } from 'node:url'

/** Files that ship beside the daemon. */
export interface Assets {
  /** The keeper's one file, started with node. */
  readonly keeper: string
  /** The built dashboard: index.html and assets/. */
  readonly web: string
  /** SQL migrations, applied at boot. */
  readonly migrations: string
}

/** In the package: dist/daemon/main.js beside dist/keeper, dist/web and dist/prisma. Tests hand over their own. */
export const bundledAssets = (mainUrl: string): Assets => ({
  keeper: fileURLToPath(new URL('../keeper/keeper.js', mainUrl)),
  web: fileURLToPath(new URL('../web', mainUrl)),
  migrations: fileURLToPath(new URL('../prisma/migrations', mainUrl)),
})
