-- Marks batches, and counts those that were not marked before: a call whose answer was lost is
-- made again and must not count twice.
-- KEYS: marks, counts.
-- ARGV: lifetime in seconds; then ordinal, batches, records, bytes and warnings of each batch.
local names = {'batches', 'records', 'bytes', 'warnings'}
local sums = {0, 0, 0, 0}
for first = 2, #ARGV, 5 do
  if redis.call('SETBIT', KEYS[1], ARGV[first], 1) == 0 then
    for n = 1, 4 do
      sums[n] = sums[n] + tonumber(ARGV[first + n])
    end
  end
end
for n = 1, 4 do
  -- Lua would write large numbers as 1e+15, which is no integer to Redis.
  redis.call('HINCRBY', KEYS[2], names[n], string.format('%.0f', sums[n]))
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[1])
return 1
