/** Where the ssh server of an `sftp:` repository is. */
export interface SftpServer {
  readonly host: string;
  readonly port: number;
}

/** restic hands it to ssh as a word of its own: one that began with `-` would be an option. */
const HOST = String.raw`(?<host>[A-Za-z0-9][\w.-]*)`;

/*
 * Both forms of restic (internal/backend/sftp/config.go), less what it drops or refuses itself: a password, a path below `~`. The
 * first has no port; of the second the path is below the user's folder unless it begins with a second slash.
 */
const FORMS = [
  new RegExp(`^sftp:(?:[^:/]+@)?${HOST}:(?!~).`),
  new RegExp(String.raw`^sftp://(?:[^:/@]+@)?(?:${HOST}|\[(?<ipv6>[\dA-Fa-f:.]+)\])(?::(?<port>\d{1,5}))?/(?!~).`),
];

/** The server of a repository, undefined for one of another kind and for one that restic would not understand. */
export function sftpServer(repository: string): SftpServer | undefined {
  const found = FORMS.map((form) => form.exec(repository)?.groups).find(Boolean);
  const host = found?.host ?? found?.ipv6;
  return host === undefined ? undefined : { host, port: Number(found?.port ?? 22) };
}

/** A file of known hosts for a server alone. ssh looks one up by its port too, unless that is 22. */
export function knownHosts({ host, port }: SftpServer, hostKey: string): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${hostKey}\n`;
}

/** What prints a server's key, for a person to compare. */
export function keyscan({ host, port }: SftpServer): string {
  return `ssh-keyscan -t ed25519 ${port === 22 ? "" : `-p ${port} `}${host}`;
}
