/** Paths that the web app's own router draws. Anything else is a 404 with that status, not an app that says so. */
export const pagePath =
  /^\/(?:(?:sessions|env-sets)(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?|launch|sign-in|onboarding|settings(?:\/[a-z][a-z-]{0,31})?)?$/
export const isPagePath = (path: string): boolean => pagePath.test(path)
