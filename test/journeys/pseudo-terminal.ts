import { spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Whether programs can be run at a pseudo terminal here (script of util-linux). */
export const HAS_TERMINAL = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') ?? false;

/** Runs a command line of a shell at a pseudo terminal, as a person would, who waits for a question before answering it. */
export function openTerminal(
  command: string,
  options: { cwd: string; env: Readonly<Record<string, string | undefined>> },
) {
  const child = spawn('script', ['-qec', `stty cols 200 rows 50; exec ${command}`, '/dev/null'], {
    cwd: options.cwd,
    env: { ...options.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let read = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return {
    /** Everything that was on the screen so far. */
    shown: () => stripVTControlCharacters(shown),
    /** Waits until this is shown, after what was waited for before; then types the keys. */
    async answer(question: string, keys: string): Promise<void> {
      for (let waited = 0; ; waited += 50) {
        const at = stripVTControlCharacters(shown).indexOf(question, read);
        if (at >= 0) {
          read = at + question.length;
          break;
        }
        if (waited > 20_000) throw new Error(`never asked "${question}":\n${stripVTControlCharacters(shown)}`);
        await new Promise((done) => setTimeout(done, 50));
      }
      // The prompt listens a moment after it is drawn.
      await new Promise((done) => setTimeout(done, 100));
      child.stdin.write(keys);
    },
    ended,
    /** Ends it, whatever it waits for. */
    close(): void {
      child.stdin.destroy();
      child.kill('SIGHUP');
    },
  };
}

export const ENTER = '\r';
export const CTRL_C = '\x03';
