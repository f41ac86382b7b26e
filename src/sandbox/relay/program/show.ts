import { createHash } from 'node:crypto';
import { PARAMETERS, type Postfix } from '../postfix/installation.ts';
import { DIRECTORY, line, SERVICES } from '../postfix/main-cf.ts';
import { indexPath, isIndexed, type Table, tablesIn } from '../postfix/table.ts';
import { packed } from './section.ts';

const CLASSES = ['mydestination', 'virtual_alias_domains', 'virtual_mailbox_domains'];
const OTHERS = [
  'mail_version',
  'config_directory',
  'myhostname',
  'relay_transport',
  'smtpd_relay_restrictions',
  'smtpd_recipient_restrictions',
  'default_database_type',
];

/** `mailwright-relay show`, version 1 of its protocol: parameters, services, the tables' texts and what their indexes hold. */
export function show(postfix: Postfix, stdin: string): string {
  const { main } = postfix;
  const domains = stdin.split('\n').filter((name) => /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(name));
  const values = [...PARAMETERS, ...CLASSES, ...OTHERS].map((name) => line(name, main.expanded(name)));
  const parts = [
    '@mailwright-relay 1\n',
    `@postconf\n${packed(values.join(''))}`,
    `@raw\n${packed(PARAMETERS.map((name) => line(name, main.raw(name))).join(''))}`,
    `@overrides\n${packed('')}`,
    `@services\n${packed(`${SERVICES.join('\n')}\n`)}`,
    `@status ${postfix.running ? 'running' : 'stopped'}\n`,
    `@head ${DIRECTORY}/main.cf\n${packed(main.text.split('\n').slice(0, 12).join('\n'))}`,
    ...postfix.allTables().map((table) => tellTable(postfix, table)),
    ...[...PARAMETERS, ...CLASSES].flatMap((name) => tellFound(postfix, name, domains)),
    '@end\n',
  ];
  return parts.join('');
}

/** SHA-256 of a text, as sha256sum(1) prints it. */
export function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What every tool says that can't open a table's index. */
export function noIndex(table: Table): string {
  return `postmap: fatal: open database ${indexPath(table)}: No such file or directory`;
}

function tellTable({ files }: Postfix, table: Table): string {
  const { parameter, type, path } = table;
  const file = files.get(path);
  if (!file) return `@missing ${parameter} ${type} ${path}\n`;
  const source = `@source ${parameter} ${type} ${path} ${sumOf(file.text)}\n${packed(file.text)}`;
  if (!isIndexed(type)) return source;
  if (!file.index) return `${source}@noindex ${parameter} ${type} ${path}\n${packed(`${noIndex(table)}\n`)}`;
  const rows = [...file.index].map(([key, value]) => `${key}\t${value}`);
  return `${source}@index ${parameter} ${type} ${path}\n${packed(rows.join('\n'))}`;
}

/** The domains asked for, as each table of a parameter answers them. */
function tellFound({ main, files }: Postfix, parameter: string, domains: readonly string[]): string[] {
  if (domains.length === 0) return [];
  return tablesIn(parameter, main.expanded(parameter))
    .filter(({ type }) => type !== 'file')
    .flatMap((table) => {
      const file = files.get(table.path);
      const index = file?.index;
      if (!index && isIndexed(table.type))
        return [`@unasked ${parameter} ${table.type}:${table.path}\n${packed(noIndex(table))}`];
      const answers = domains.flatMap((domain) => (index?.has(domain) ? [`${domain}\t${index.get(domain)}`] : []));
      const found = `@found ${parameter} ${table.type}:${table.path}\n${packed(answers.join('\n'))}`;
      return answers.length === 0 ? [] : [found];
    });
}
