{#
  The source contract: every table that can be delivered, its key, who its rows belong to, and its columns in order.
  Declared here and nowhere else: the base models, the loader, identity, erasure and access all read it.

  Per column
    type         text, name (names and free text), id, email, phone, timestamp, date, amount, integer, boolean,
                 currency or country
    required     the header must have it, every row must fill it
    reject       optional, but a row whose filled value cannot be read is rejected
    references   the table whose key it contains; a required reference to nothing rejects the row
    may_refer_to  the table whose key it contains, if that has such a row: else the row is implied
    names        the listed names, compared in lower case
    placeholders whether the words of the seed placeholder_ids name nobody here
    lower        free text that is compared in lower case
    earliest     the first possible date, if not var earliest_possible_date
    is_count     a number that cannot be negative
    may_be_future  a date that may be in the future
    impossible   SQL over the typed columns: true for an impossible value
    at_most      the amount that a value is cut to, without its sign, if that amount is 0 or more
  Per table
    key          the columns that identify a row (none: all rows are kept)
    any_of       at least one of these columns must be filled
  Who the rows belong to: `record`, `belongs_to`, both, or `nobody: true` (checked before loading)
    record       each row is a source record of a person, which identity resolves; its key is the table's
      entity       the kind of record, a name that no other table has
      condition    SQL over the accepted rows, if only some are records
      created_at   the column with the moment it was made, if not created_at; likewise updated_at
      is_guest     rows with the same email and phone are one guest
    belongs_to   how a row leads to its person; the first of these that leads to a known row counts
      column       the column that names the owner
      table        the table whose key it contains: a record, or a table whose rows belong to someone. Without it,
                   the column is email, phone or customer_number, and names the one customer who has that value, or
                   anonymous_id: the one customer who was seen on that device
#}
{% macro source_contract() %}
{{ return({
    'crm.customers': {
        'key': ['customer_number'],
        'record': {'entity': 'customer'},
        'columns': {
            'customer_number': {'type': 'id', 'placeholders': true, 'required': true},
            'first_name': {'type': 'name'},
            'last_name': {'type': 'name'},
            'email': {'type': 'email'},
            'phone': {'type': 'phone'},
            'birth_date': {'type': 'date', 'earliest': '1900-01-01'},
            'gender': {'type': 'text'},
            'street': {'type': 'name'},
            'house_number': {'type': 'text'},
            'postal_code': {'type': 'text'},
            'city': {'type': 'name'},
            'country_code': {'type': 'country'},
            'company_name': {'type': 'name'},
            'marketing_consent': {'type': 'boolean'},
            'consent_updated_at': {'type': 'timestamp'},
            'created_at': {'type': 'timestamp'},
            'updated_at': {'type': 'timestamp'},
        },
    },
    'crm.campaign_contacts': {
        'key': ['contact_id'],
        'belongs_to': [{'column': 'customer_number', 'table': 'crm.customers'}],
        'columns': {
            'contact_id': {'type': 'id', 'required': true},
            'customer_number': {'type': 'id', 'placeholders': true, 'required': true, 'references': 'crm.customers'},
            'campaign_id': {'type': 'id'},
            'campaign_name': {'type': 'name'},
            'channel': {'type': 'text', 'names': ['email', 'post', 'phone', 'sms', 'social']},
            'sent_at': {'type': 'timestamp', 'required': true},
            'opened_at': {'type': 'timestamp'},
            'clicked_at': {'type': 'timestamp'},
            'unsubscribed_at': {'type': 'timestamp'},
            'is_control': {'type': 'boolean'},
        },
    },
    'crm.campaign_spend': {
        'key': ['spend_month', 'channel', 'campaign_id'],
        'nobody': true,
        'columns': {
            'spend_month': {'type': 'date', 'required': true, 'impossible': 'extract(day from spend_month) <> 1'},
            'channel': {'type': 'text', 'required': true, 'lower': true},
            'amount': {'type': 'amount', 'required': true},
            'campaign_id': {'type': 'id'},
        },
    },
    'crm.erasure_requests': {
        'key': [],
        'any_of': ['email', 'customer_number'],
        'belongs_to': [{'column': 'customer_number', 'table': 'crm.customers'}, {'column': 'email'}],
        'columns': {
            'email': {'type': 'email'},
            'customer_number': {'type': 'id', 'placeholders': true},
            'requested_at': {'type': 'timestamp', 'required': true},
        },
    },
    'webshop.orders': {
        'key': ['order_id'],
        'record': {
            'entity': 'guest_order',
            'condition': 'account_id is null',
            'created_at': 'ordered_at',
            'updated_at': 'ordered_at',
            'is_guest': true,
        },
        'belongs_to': [{'column': 'account_id', 'table': 'webshop.accounts'}],
        'columns': {
            'order_id': {'type': 'id', 'required': true},
            'ordered_at': {'type': 'timestamp', 'required': true},
            'total_amount': {'type': 'amount', 'required': true},
            'account_id': {'type': 'id', 'placeholders': true, 'may_refer_to': 'webshop.accounts'},
            'email': {'type': 'email'},
            'phone': {'type': 'phone'},
            'status': {'type': 'text', 'lower': true},
            'sales_channel': {'type': 'text', 'names': ['web', 'app', 'store', 'phone']},
            'currency_code': {'type': 'currency', 'reject': true},
            'discount_amount': {'type': 'amount'},
            'shipping_amount': {'type': 'amount'},
            'refunded_amount': {
                'type': 'amount',
                'reject': true,
                'at_most': 'total_amount',
                'impossible': 'refunded_amount <> 0 and total_amount < 0',
            },
            'paid_at': {'type': 'timestamp'},
            'due_at': {'type': 'timestamp', 'may_be_future': true},
            'cancelled_at': {'type': 'timestamp'},
            'parent_order_id': {'type': 'id'},
            'updated_at': {'type': 'timestamp'},
        },
    },
    'webshop.order_lines': {
        'key': ['order_id', 'line_number'],
        'belongs_to': [{'column': 'order_id', 'table': 'webshop.orders'}],
        'columns': {
            'order_id': {'type': 'id', 'required': true, 'references': 'webshop.orders'},
            'line_number': {'type': 'integer', 'required': true},
            'product_id': {'type': 'id', 'required': true, 'may_refer_to': 'webshop.products'},
            'quantity': {'type': 'integer', 'required': true, 'impossible': 'quantity = 0'},
            'unit_price': {'type': 'amount'},
            'line_amount': {'type': 'amount'},
            'returned_quantity': {'type': 'integer', 'is_count': true},
        },
    },
    'webshop.products': {
        'key': ['product_id'],
        'nobody': true,
        'columns': {
            'product_id': {'type': 'id', 'required': true},
            'product_name': {'type': 'name'},
            'category': {'type': 'name'},
            'unit_cost': {'type': 'amount'},
            'is_in_stock': {'type': 'boolean'},
        },
    },
    'webshop.accounts': {
        'key': ['account_id'],
        'record': {'entity': 'account'},
        'columns': {
            'account_id': {'type': 'id', 'placeholders': true, 'required': true},
            'email': {'type': 'email'},
            'phone': {'type': 'phone'},
            'first_name': {'type': 'name'},
            'last_name': {'type': 'name'},
            'postal_code': {'type': 'text'},
            'house_number': {'type': 'text'},
            'country_code': {'type': 'country'},
            'customer_number': {'type': 'id', 'placeholders': true, 'references': 'crm.customers'},
            'acquisition_channel': {'type': 'text', 'lower': true},
            'created_at': {'type': 'timestamp'},
            'updated_at': {'type': 'timestamp'},
        },
    },
    'webshop.sessions': {
        'key': ['session_id'],
        'belongs_to': [
            {'column': 'account_id', 'table': 'webshop.accounts'},
            {'column': 'email'},
            {'column': 'anonymous_id'},
        ],
        'columns': {
            'session_id': {'type': 'id', 'required': true},
            'started_at': {'type': 'timestamp', 'required': true},
            'account_id': {'type': 'id', 'placeholders': true, 'references': 'webshop.accounts'},
            'email': {'type': 'email'},
            'anonymous_id': {'type': 'id'},
            'duration_seconds': {'type': 'integer', 'is_count': true},
            'page_views': {'type': 'integer', 'is_count': true},
            'product_views': {'type': 'integer', 'is_count': true},
            'searches': {'type': 'integer', 'is_count': true},
            'device': {'type': 'text'},
            'traffic_channel': {'type': 'text', 'lower': true},
            'experiment': {'type': 'name'},
            'variant': {'type': 'name'},
            'is_converted': {'type': 'boolean'},
        },
    },
    'service_desk.contacts': {
        'key': ['contact_id'],
        'record': {'entity': 'contact'},
        'columns': {
            'contact_id': {'type': 'id', 'required': true},
            'first_name': {'type': 'name'},
            'last_name': {'type': 'name'},
            'email': {'type': 'email'},
            'phone': {'type': 'phone'},
            'customer_number': {'type': 'id', 'placeholders': true, 'references': 'crm.customers'},
            'created_at': {'type': 'timestamp'},
            'updated_at': {'type': 'timestamp'},
        },
    },
    'service_desk.tickets': {
        'key': ['ticket_id'],
        'belongs_to': [{'column': 'contact_id', 'table': 'service_desk.contacts'}],
        'columns': {
            'ticket_id': {'type': 'id', 'required': true},
            'contact_id': {'type': 'id', 'required': true, 'references': 'service_desk.contacts'},
            'created_at': {'type': 'timestamp', 'required': true},
            'channel': {'type': 'text', 'names': ['phone', 'email', 'chat', 'social']},
            'category': {'type': 'name'},
            'priority': {'type': 'text'},
            'status': {'type': 'text'},
            'first_responded_at': {'type': 'timestamp'},
            'resolved_at': {'type': 'timestamp'},
            'reopened_count': {'type': 'integer', 'is_count': true},
            'updated_at': {'type': 'timestamp'},
        },
    },
    'service_desk.survey_invitations': {
        'key': ['invitation_id'],
        'belongs_to': [{'column': 'contact_id', 'table': 'service_desk.contacts'}],
        'columns': {
            'invitation_id': {'type': 'id', 'required': true},
            'contact_id': {'type': 'id', 'required': true, 'references': 'service_desk.contacts'},
            'survey_type': {'type': 'text', 'required': true, 'names': ['nps', 'csat', 'ces']},
            'sent_at': {'type': 'timestamp', 'required': true},
            'response_id': {'type': 'id', 'references': 'service_desk.survey_responses'},
        },
    },
    'service_desk.survey_responses': {
        'key': ['response_id'],
        'belongs_to': [{'column': 'contact_id', 'table': 'service_desk.contacts'}],
        'columns': {
            'response_id': {'type': 'id', 'required': true},
            'contact_id': {'type': 'id', 'required': true, 'references': 'service_desk.contacts'},
            'survey_type': {'type': 'text', 'required': true, 'names': ['nps', 'csat', 'ces']},
            'score': {
                'type': 'integer',
                'required': true,
                'impossible': "not coalesce(score between case when survey_type = 'nps' then 0 else 1 end"
                    ~ " and case survey_type when 'nps' then 10 when 'csat' then 5 when 'ces' then 7 end, true)",
            },
            'responded_at': {'type': 'timestamp', 'required': true},
            'ticket_id': {'type': 'id', 'references': 'service_desk.tickets'},
            'comment': {'type': 'name'},
        },
    },
}) }}
{% endmacro %}
