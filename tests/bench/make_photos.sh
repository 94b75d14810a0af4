#!/usr/bin/env bash
# Makes photographs: make_photos.sh DIR COUNT
#
# Eight JPEGs of 4000 by 3000 pixels by ImageMagick, soft colours, edges and noise, of about 4 MB each, and
# links to them until there are COUNT. Beside DIR, DIR.jsonl names each in a record.
set -euo pipefail
dir=$1 count=$2

mkdir -p "$dir/made"
for seed in 1 2 3 4 5 6 7 8; do
  [ -e "$dir/made/$seed.jpg" ] || convert -seed "$seed" -size 1000x750 plasma:fractal -resize 4000x3000 \
    -fill none -stroke white -strokewidth 3 -draw "circle 2000,1500 2000,$((300 * seed))" \
    -attenuate 0.2 +noise Gaussian -quality 90 "$dir/made/$seed.jpg"
done
rm -f "$dir"/*.jpg
for ((number = 0; number < count; number++)); do
  name=$(printf '%05d.jpg' "$number")
  ln "$dir/made/$((number % 8 + 1)).jpg" "$dir/$name"
  printf '{"id":%d,"file":"%s/%s"}\n' "$number" "$(basename "$dir")" "$name"
done >"$dir.jsonl"
