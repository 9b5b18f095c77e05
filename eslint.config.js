// Lint rules, and who may import what: every arrow of the architecture that is not allowed is an error here.
import { readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const root = import.meta.dirname

/** The folders of the core are its features; each is known to the others by its index.ts only. */
const features = readdirSync(join(root, 'main', 'core'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** The one file of the Electron host that may touch ipcMain: it checks the sender of every message. */
const ipcFile = 'main/electron/ipc-transport.ts'

const deepest = 4
const depths = Array.from({ length: deepest + 1 }, (_, depth) => depth)

const electron = { regex: '^electron($|/)', message: 'Only main/electron and preload know Electron.' }
const bareBuiltin = {
  regex: `^(${builtinModules.filter((name) => !name.startsWith('_') && !name.includes(':')).join('|')})$`,
  message: 'Write node: before the name of a module of Node.',
}
const computedImport = {
  selector: 'ImportExpression:not([source.type="Literal"])',
  message: 'import() takes a literal, so that it can be checked and bundled.',
}
const bareIpc = {
  regex: '^electron(/main)?$',
  importNames: ['ipcMain'],
  message: `Messages are received in ${ipcFile} only, where their sender is checked.`,
}

/** The same refusals for `import … from`, `export … from` and `import()`. */
function refuse(files, patterns, ignores = []) {
  const dynamic = patterns
    .filter((pattern) => pattern.importNames === undefined)
    .map(({ regex, message }) => ({
      selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\/')}/]`,
      message,
    }))
  return {
    files,
    ignores,
    rules: {
      'no-restricted-imports': ['error', { patterns }],
      'no-restricted-syntax': ['error', computedImport, ...dynamic],
    },
  }
}

/** Files that lie exactly `depth` folders below `folder`. */
function filesAt(folder, depth) {
  return [`${folder}/${'*/'.repeat(depth)}*.ts`]
}

/** A relative path that leaves a part (from `depth` folders inside it) for anything but `allowed`, which lie beside it. */
function leaving(depth, allowed, message) {
  return { regex: `^(\\.\\./){${depth + 1},}(?!(${allowed.join('|')})/)`, message }
}

const corePatterns = (depth) => [
  electron,
  bareBuiltin,
  leaving(depth, ['contract'], 'The core imports the contract, Node and npm packages; never a host or a screen.'),
]

function featurePatterns(feature, depth) {
  const others = features.filter((name) => name !== feature).join('|')
  const message = 'Features know each other by their index.ts only.'
  return [
    { regex: `^(\\.\\./){${depth}}(${others})/(?!index\\.ts$)`, message },
    { regex: `^#core/(${others})/(?!index\\.ts$)`, message },
  ]
}

function hostRules(host, extra, ignores) {
  const message = `main/${host} imports the contract and the core; never another host or a screen.`
  return depths.map((depth) =>
    refuse(
      filesAt(`main/${host}`, depth),
      [bareBuiltin, leaving(depth, ['contract', 'core'], message), ...extra],
      ignores,
    ),
  )
}

const importRules = [
  refuse(
    ['main/contract/**/*.ts'],
    [{ regex: '^(?!zod$|zod/|\\./|#contract/)', message: 'The contract imports zod only.' }],
  ),
  refuse(filesAt('main/core', 0), corePatterns(0)),
  ...features.flatMap((feature) =>
    depths.map((depth) =>
      refuse(filesAt(`main/core/${feature}`, depth), [
        ...corePatterns(depth + 1),
        ...featurePatterns(feature, depth + 1),
      ]),
    ),
  ),
  ...hostRules('cli', [electron]),
  ...hostRules('browser', [electron]),
  ...hostRules('electron', [bareIpc], [ipcFile]),
  refuse(
    ['preload/**/*.ts'],
    [
      {
        regex: '^(?!electron$|\\./|#contract/)',
        message: 'The preload script imports electron and types of the contract.',
      },
      {
        regex: '^#contract/',
        allowTypeImports: true,
        message: 'The preload script takes only types from the contract.',
      },
    ],
  ),
  refuse(
    ['renderer/**/*.ts'],
    [
      electron,
      bareBuiltin,
      { regex: '^node:', message: 'Screens run without Node.' },
      { regex: '^#core/|(^|/)main/(?!contract/)|(^|/)preload/', message: 'Screens know the contract only.' },
    ],
  ),
  refuse(
    ['tests/site/**/*.ts'],
    [
      bareBuiltin,
      {
        regex: '^#(core|contract)/|^(\\.\\./)+main/',
        message: 'The pretend installation is written from the API documents, not from the product.',
      },
    ],
  ),
  {
    files: ['scripts/*.mjs'],
    ignores: ['scripts/generate-api.mjs'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(?!node:|\\./)', message: 'These run before anything is installed: modules of Node only.' },
          ],
        },
      ],
    },
  },
]

const typedRules = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  // the reason of an AbortSignal is passed on as it is
  '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
  '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
  // objects are made by createX() and hold closures: none of their functions needs `this`
  '@typescript-eslint/unbound-method': 'off',
  // an interface may ask for a promise where one implementation has nothing to wait for
  '@typescript-eslint/require-await': 'off',
}

export default defineConfig(
  { ignores: ['node_modules/', 'out/', 'coverage/', '.cache/', '**/generated/', 'tests/fixtures/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: typedRules,
  },
  { files: ['**/*.{js,mjs}'], rules: { 'no-unused-vars': 'error' } },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['warn', { max: 300 }],
    },
  },
  { files: ['main/contract/**/*.ts', 'main/core/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
    },
  },
  ...importRules,
)
