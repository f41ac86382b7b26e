import pc from 'picocolors';

/** One question to whoever runs the program: --yes answers it, a person at a terminal does, and nobody else. */
export async function askYes(options: {
  yes: boolean;
  say: (line: string) => void;
  question: string;
}): Promise<boolean> {
  if (options.yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    options.say(`\n${pc.bold('Nothing was done.')} There is no terminal to ask at. To approve: --yes`);
    return false;
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message: options.question });
  return !isCancel(answer) && answer;
}
