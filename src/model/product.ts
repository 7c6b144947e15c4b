import manifest from '../../package.json' with { type: 'json' };

/** Name of this package and of its command. The Python program has the same name. */
export const PROGRAM_NAME = 'spec-kitty';

/** Version of this package. */
export const PACKAGE_VERSION: string = manifest.version;
