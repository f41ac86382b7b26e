import { runCli } from './cli/index.ts';

// A reader that has seen enough (`| head`) ends the printing, never a run that is changing something.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCli(process.argv.slice(2));
