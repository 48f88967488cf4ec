/** Set by the build, as in the keeper. */
declare const __SALLYPORT_VERSION__: string

export const VERSION: string = typeof __SALLYPORT_VERSION__ === 'string' ? __SALLYPORT_VERSION__ : 'development'
