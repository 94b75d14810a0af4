# frozen_string_literal: true

module LongshorePlugin
  # The part of an export that this process makes: one of its datasets.
  Shard = Struct.new(:dataset_id, :index, :offset, keyword_init: true) do
    def self.of(read)
      read && new(dataset_id: read.fetch(:dataset_id), index: read[:index].to_i, offset: (read[:offset] || read[:index]).to_i)
    end

    # What `each_with_index` over datasets begins with. Files in a folder are called by their numbers, so those of
    # different parts must differ; into a file, what comes first and what follows a comma is decided by them, in each part anew.
    # Which it is the exporter declares with how parts are merged; otherwise it is seen by where it writes.
    def first_index(mode, merge)
      case merge&.to_s
      when "json_array", "jsonl" then 0
      when "files", "zip", "none" then offset
      else mode == :file ? 0 : offset
      end
    end
  end
end
