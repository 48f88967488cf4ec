import { adminRouter } from './features/admin/admin.router.ts'
import { authRouter } from './features/auth/auth.router.ts'
import { envSetRouter } from './features/env-set/env-set.router.ts'
import { sessionRouter } from './features/session/session.router.ts'
import { router } from './procedure.ts'

/** Table of contents of everything that Sallyport can do. */
export const appRouter = router({
  auth: authRouter,
  session: sessionRouter,
  envSet: envSetRouter,
  admin: adminRouter,
})

export type AppRouter = typeof appRouter
