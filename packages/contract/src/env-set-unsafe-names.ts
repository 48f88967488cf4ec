/**
 * Names that make programs load code, run other programs, or trust and reach somebody else (SPEC E5). A secret has no business in them, and whoever may
 * write an env set could run code in sessions of others: they need an explicit yes. Browser-safe, without zod.
 */
interface UnsafeName {
  /** An exact name, or the beginning of names when it ends in `*`. */
  readonly name: string
  /** Ends a sentence that begins with the name. */
  readonly reason: string
}

const loadsCode = 'makes programs load code from elsewhere'
const startsProgram = 'names a program that others start'
const trust = 'decides which servers are trusted'
const route = 'sends traffic through another machine'

/** The first that fits counts. */
export const unsafeNames: readonly UnsafeName[] = [
  { name: 'LD_*', reason: 'makes every program load other libraries (ld.so)' },
  { name: 'DYLD_*', reason: 'makes every program load other libraries (dyld)' },
  { name: 'GLIBC_TUNABLES', reason: 'changes how the C library allocates and checks memory' },
  { name: 'GCONV_PATH', reason: loadsCode },
  { name: 'LOCPATH', reason: 'replaces the locale data of every program' },
  { name: 'PATH', reason: 'decides which programs are found' },
  { name: 'HOME', reason: 'decides where programs find their configuration' },
  { name: 'XDG_*', reason: 'decides where programs find their configuration' },
  { name: 'SHELL', reason: startsProgram },
  { name: 'IFS', reason: 'changes how shells split words' },
  { name: 'ENV', reason: 'is a file that shells run at their start' },
  { name: 'BASH_*', reason: 'is run by bash at its start, or defines its functions' },
  { name: 'SHELLOPTS', reason: 'changes how bash runs scripts' },
  { name: 'BASHOPTS', reason: 'changes how bash runs scripts' },
  { name: 'PROMPT_COMMAND', reason: 'is run by bash before every prompt' },
  { name: 'PS4', reason: 'is run by shells that trace' },
  { name: 'ZDOTDIR', reason: 'decides which files zsh runs at its start' },
  { name: 'CDPATH', reason: 'changes where cd leads' },
  { name: 'TERMINFO*', reason: 'replaces what programs know of the terminal' },
  { name: 'GIT_*', reason: 'makes git run other programs or use another repository' },
  { name: 'SSH_ASKPASS*', reason: startsProgram },
  { name: 'SSH_AUTH_SOCK', reason: 'decides which agent signs in with ssh keys' },
  { name: 'SUDO_ASKPASS', reason: startsProgram },
  { name: 'EDITOR', reason: startsProgram },
  { name: 'VISUAL', reason: startsProgram },
  { name: 'PAGER', reason: startsProgram },
  { name: 'MANPAGER', reason: startsProgram },
  { name: 'BROWSER', reason: startsProgram },
  { name: 'LESSOPEN', reason: startsProgram },
  { name: 'LESSCLOSE', reason: startsProgram },
  { name: 'NODE_OPTIONS', reason: 'makes Node.js load code before a program' },
  { name: 'NODE_PATH', reason: loadsCode },
  { name: 'NODE_EXTRA_CA_CERTS', reason: trust },
  { name: 'NODE_TLS_REJECT_UNAUTHORIZED', reason: trust },
  { name: 'NPM_CONFIG_*', reason: 'configures npm, scripts and registry included' },
  { name: 'npm_config_*', reason: 'configures npm, scripts and registry included' },
  { name: 'PIP_*', reason: 'configures pip, the package index included' },
  { name: 'CARGO_*', reason: 'configures cargo, compilers and registries included' },
  { name: 'RUSTC_WRAPPER', reason: startsProgram },
  { name: 'PYTHON*', reason: loadsCode },
  { name: 'PERL*', reason: loadsCode },
  { name: 'RUBYOPT', reason: loadsCode },
  { name: 'RUBYLIB', reason: loadsCode },
  { name: 'GEM_*', reason: loadsCode },
  { name: 'LUA_*', reason: loadsCode },
  { name: 'PHP_INI_SCAN_DIR', reason: loadsCode },
  { name: 'PHPRC', reason: loadsCode },
  { name: 'CLASSPATH', reason: loadsCode },
  { name: 'JAVA_TOOL_OPTIONS', reason: loadsCode },
  { name: 'JDK_JAVA_OPTIONS', reason: loadsCode },
  { name: '_JAVA_OPTIONS', reason: loadsCode },
  { name: 'MAVEN_OPTS', reason: loadsCode },
  { name: 'GRADLE_OPTS', reason: loadsCode },
  { name: 'DOTNET_*', reason: loadsCode },
  { name: 'OPENSSL_CONF', reason: loadsCode },
  { name: 'SSL_CERT_*', reason: trust },
  { name: 'CURL_CA_BUNDLE', reason: trust },
  { name: 'REQUESTS_CA_BUNDLE', reason: trust },
  { name: 'SSLKEYLOGFILE', reason: 'makes programs write down the keys of encrypted connections' },
  { name: 'HTTP_PROXY', reason: route },
  { name: 'HTTPS_PROXY', reason: route },
  { name: 'ALL_PROXY', reason: route },
  { name: 'http_proxy', reason: route },
  { name: 'https_proxy', reason: route },
  { name: 'all_proxy', reason: route },
  { name: 'DOCKER_HOST', reason: 'decides where containers run' },
  { name: 'KUBECONFIG', reason: 'decides which cluster is changed, and runs its sign-in programs' },
  { name: 'SALLYPORT_*', reason: 'belongs to Sallyport itself' },
]

/** Why a name needs an explicit yes, as in `LD_PRELOAD makes every program …`; null: it does not. Names are case-sensitive, as the kernel has them. */
export const unsafeNameReason = (name: string): string | null => {
  const rule = unsafeNames.find((unsafe) =>
    unsafe.name.endsWith('*') ? name.startsWith(unsafe.name.slice(0, -1)) : name === unsafe.name,
  )
  return rule?.reason ?? null
}
