import type { World } from '../../world.ts';
import { type Postfix, SENDERS } from '../postfix/installation.ts';
import { DIRECTORY } from '../postfix/main-cf.ts';
import type { Ended, RunCommand } from '../ssh/server.ts';
import { put } from './put.ts';
import { readEdits } from './read-edits.ts';
import { GaveUp, type Said, saidOf } from './section.ts';
import { show } from './show.ts';

/** What is between a user and the installed program. */
export interface Sudo {
  /** sudo asks for a password, which nobody can type. */
  isRefused: boolean;
}

/** The one program that a user may run, as sudoers has it. */
const COMMAND = /^sudo -n \/usr\/local\/sbin\/mailwright-relay (show|put)(?: (\/[A-Za-z0-9._/-]+))?$/;

/** Runs the installed helper and nothing else: every other command is one that is not there. */
export function commandRunner({ faults, ledger }: World, postfix: Postfix, sudo: Sudo): RunCommand {
  const { host } = postfix;
  return async (command, input, peer) => {
    const stdin = input.toString('utf8');
    const note = (operation: string, request: object, said: Pick<Said, 'code' | 'failed'>, effect: boolean) =>
      ledger.write({
        system: 'relay',
        operation,
        caller: peer,
        request: { host, ...request },
        status: said.code,
        ...(said.failed === undefined ? {} : { error: said.failed }),
        effect,
      });
    const [, verb, directory = DIRECTORY] = COMMAND.exec(command) ?? [];
    if (verb !== 'show' && verb !== 'put') {
      note('exec', { command: command.slice(0, 200) }, { code: 127 }, false);
      const [word = ''] = command.trim().split(/\s/);
      return failed(127, `bash: line 1: ${word}: command not found\n`);
    }
    if (sudo.isRefused) {
      note(verb, {}, { code: 1, failed: 'sudo' }, false);
      return failed(1, 'sudo: a password is required\n');
    }
    const hit = faults.take('relay', verb);
    const find = (kind: string) => hit.find((fault) => fault.kind === kind);
    const slow = find('slow');
    if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms ?? 1000).unref());
    if (find('error-before')) {
      note(verb, {}, { code: 255, failed: 'cut' }, false);
      return { ...failed(255, ''), instead: { cutAfter: 0 } };
    }
    const before = postfix.reloads;
    const said = run(postfix, verb, directory, stdin);
    const request = verb === 'put' ? { edits: editsIn(stdin) } : { domains: stdin.split('\n').filter(Boolean) };
    note(verb, request, said, verb === 'put' && said.code === 0 && (postfix.reloads > before || !postfix.running));
    const answer: Ended = { stdout: said.stdout, stderr: '', code: said.code };
    if (find('hang')) return { ...answer, instead: 'silence' };
    if (find('error-after')) return { ...answer, instead: { cutAfter: 0 } };
    const drop = find('drop');
    return drop ? { ...answer, instead: { cutAfter: drop.bytes ?? 0 } } : answer;
  };
}

function run(postfix: Postfix, verb: 'show' | 'put', directory: string, stdin: string): Said {
  if (directory.replace(/\/+$/, '') !== DIRECTORY) return saidOf(new GaveUp('directory', `there is no ${directory}`));
  return verb === 'show' ? { stdout: show(postfix, stdin), code: 0 } : put(postfix, stdin);
}

function failed(code: number, stderr: string): Ended {
  return { stdout: '', stderr, code };
}

/** What was to be edited, for the ledger. */
function editsIn(stdin: string): { parameter: string; text?: string }[] | string {
  try {
    return readEdits(stdin).map((edit) => {
      // Passwords are in no ledger.
      if (edit.kind === '@ses') return { parameter: edit.name };
      return { parameter: edit.kind === '@senders' ? SENDERS : edit.parameter, text: edit.text };
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
