-- Shows an export in the list of all and in its owner's.
-- KEYS: all, owner's, summaries. ARGV: export, summary.
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
return 1
