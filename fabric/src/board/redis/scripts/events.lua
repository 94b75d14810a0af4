-- Events after an id, or from the first where the id is not known (any more).
-- KEYS: events. ARGV: id or nothing, most.
local from = '-'
if ARGV[1] ~= '' and #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 1 then
  from = '(' .. ARGV[1]
end
return redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[2])
