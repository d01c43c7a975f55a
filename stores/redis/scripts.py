"""What runs inside the server, so that nothing comes between reading and writing."""

# KEYS: the trend hash, the summary hash. ARGV: seconds to keep, seconds to return, expiry in
# seconds, then (start, revision, aggregate) triples. Returns the number of this change of the key,
# then the aggregates of the newest stretch, any order.
PUT_WINDOWS = """
for i = 4, #ARGV, 3 do
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  local revision = held and tonumber(string.match(held, '^(%d+)|')) or -1
  if tonumber(ARGV[i + 1]) > revision then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. '|' .. ARGV[i + 2])
  end
end
local starts = redis.call('HKEYS', KEYS[1])
local newest = -math.huge
for _, start in ipairs(starts) do newest = math.max(newest, tonumber(start)) end
local recent = {redis.call('HINCRBY', KEYS[2], 'changes', 1)}
for _, start in ipairs(starts) do
  if tonumber(start) <= newest - tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], start)
  elseif tonumber(start) > newest - tonumber(ARGV[2]) then
    recent[#recent + 1] = redis.call('HGET', KEYS[1], start)
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return recent
"""

# KEYS: the stream of events. ARGV: how many entries it keeps, expiry in seconds, then pairs of a
# message's id and what listeners are told of it. Removes what the stream has of these messages; an
# entry that does not say whose it is, of a version that left that out, goes too.
ERASE_EVENTS = """
local erased = {}
for i = 3, #ARGV, 2 do erased[ARGV[i]] = true end
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  local id = fields['message_id']
  if (fields['kind'] == 'message' or fields['kind'] == 'alert') and (not id or erased[id]) then
    redis.call('XDEL', KEYS[1], entry[1])
  end
end
for i = 4, #ARGV, 2 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'kind', 'deleted', 'data', ARGV[i])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""

# KEYS: the summary hash. ARGV: the number of the change that it shows, newest, hour, expiry. A
# summary of an earlier change than the one shown is late and changes nothing; nor does one of a
# change that this server has not seen, which a failover lost between the two scripts.
PUT_SUMMARY = """
local change = tonumber(ARGV[1])
local changes = tonumber(redis.call('HGET', KEYS[1], 'changes') or 0)
if change > tonumber(redis.call('HGET', KEYS[1], 'shown') or 0) and change <= changes then
  redis.call('HSET', KEYS[1], 'shown', ARGV[1], 'newest', ARGV[2], 'hour', ARGV[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
"""
