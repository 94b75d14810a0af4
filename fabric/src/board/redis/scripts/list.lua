-- The summaries of a list, greatest id first.
-- KEYS: list, summaries. ARGV: upper end, most.
local shown = {}
for _, id in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[1], ARGV[1], '-', 'LIMIT', 0, ARGV[2])) do
  local summary = redis.call('HGET', KEYS[2], id)
  if summary then
    shown[#shown + 1] = summary
  end
end
return shown
