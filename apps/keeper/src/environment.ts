/** The one door to the environment. All else is on the command line or comes with a spawn. */
export const readAllowUntestedPlatform = (): boolean =>
  // biome-ignore lint/style/noProcessEnv: the door itself
  process.env.SALLYPORT_UNTESTED_PLATFORM === '1'
