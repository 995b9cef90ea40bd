/** The paths of programs, each named with the Debian package that it comes in; ends the process with 2 where one cannot be installed. */
export function installPrograms<Name extends string>(packages: Readonly<Record<Name, string>>): Record<Name, string>;
