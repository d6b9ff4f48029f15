/** funq need not be bundled: it runs from node_modules, as it does for its workers. */
export default { serverExternalPackages: ['funq'] }
