/** A command as it can be typed again, quoted for a shell. `without`: flags to leave out. */
export function commandLine(
  name: string,
  rawArgs: readonly string[],
  without: { readonly switches?: readonly string[]; readonly valued?: readonly string[] } = {},
): string {
  const { switches = [], valued = [] } = without;
  const flagOf = (arg: string | undefined) => /^--([^=]+)/.exec(arg ?? '')?.[1] ?? '';
  const kept = rawArgs.filter((arg, index) => {
    const before = rawArgs[index - 1];
    const isValue = valued.includes(flagOf(before)) && !before?.includes('=');
    return !isValue && ![...switches, ...valued].includes(flagOf(arg));
  });
  return ['mailwright', name, ...kept].map(quoted).join(' ');
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
