#!/usr/bin/env bash
# Installs ermrestjs from npm, as one file that node runs: install.sh DIR
#
# The package brings its sources alone, and names parts of Markdown that it does not bring.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
place=$1
wanted=$(cat package.json vendor.js install.sh | sha256sum)
[ "$(cat "$place/installed" 2>/dev/null)" != "$wanted" ] || exit 0
echo "installing ermrestjs from npm"
mkdir -p "$place"
cp package.json vendor.js "$place"
cd "$place"
npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
package=@isrd-isi-edu/ermrestjs
aliases=()
for part in sub.min sup.min span escape attrs container.min; do
  aliases+=("--alias:$package/vendor/markdown-it-$part=./vendor.js")
done
node_modules/.bin/esbuild "node_modules/$package/src/index.ts" --bundle --platform=node --target=node18 --format=cjs \
  --log-level=warning --outfile=ermrest.cjs "${aliases[@]}"
echo "$wanted" >installed
