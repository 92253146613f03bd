"""Common English words: none of them is a slip of a rarer one that some document has.

Of those of fewer than six letters there are only the ones that a doubled or swapped letter would
make another word.
"""

COMMON_WORDS = """
    ability abroad absence absolute accept access accident account accuse achieve acquire across
    action active actual addition address adjust advance advantage advice advise affair affect
    afford afraid afternoon agency airport alcohol already alter amount ancient animal announce
    annual answer anxious apartment apologise appeal appear apple appoint approach approve arise
    around arrange arrest arrive article artist asleep aspect assess assist assume attach attack
    attempt attend attitude attract auction audience author available average balance ball bargain
    barrier basket battery battle beat beautiful beauty become bedroom beer behave behind belief
    believe belong benefit beside better beyond bicycle bitter boil border borrow boss bother
    bottle bottom branch breakfast breath breathe bridge bright broken brother bubble budget
    bullet burden business butter button cabinet calculate calendar call camera campaign cancel
    cancer candidate candle capable capital captain capture career careful carpet castle casual
    category cattle cease ceiling celebrate cell central century ceremony certain chairman
    challenge chamber champion chance change channel chapter character charge charity cheese
    chemical chicken children choice choose church cigarette circle citizen classic clever client
    climate clinic clothes coal coffee collapse collar colleague collect college colour column
    combine comfort command comment commercial commit committee common community companion company
    compare compete complain complaint complete complex component compose computer concept concern
    concert conclude concrete condition conduct confer confident confirm conflict confuse connect
    conscious consider consist constant construct consult consume contact contain content contest
    context continue contract contrast contribute control convention convert convict convince cool
    cooperate copper corner corporate correct cotton council counter country county couple courage
    course cousin cream create credit crisis critic crop cross crucial culture curious currency
    current curtain custom customer damage damp danger daughter debate decade decent decide
    decision declare decline decrease deep deer defeat defence defend defer define degree delete
    delicate delight deliver demand democracy demonstrate depart depend deposit deputy derive
    descend desert deserve design desire despair desperate despite dessert destroy detail detain
    detect determine develop device devote diary differ difficult digital diner dinner direct
    disabled disagree disappear disaster discipline discount discover discuss disease dismiss
    display dispute dissolve distance distant distinct distribute district disturb divide divorce
    doctor document dollar domain domestic dominate door double east economy educate effect
    efficient effort eighteen eighty electric elegant element elephant eleven eliminate elsewhere
    embarrass embassy emerge emergency emotion emphasis employ enable encounter encourage energy
    engage engine engineer enhance enormous enough ensure entertain entire entitle entrance entry
    envelope environment equipment escape essential establish estate estimate evaluate evening
    eventual evidence evil evolve examine example exceed excellent except excess exchange excite
    exclude excuse execute exercise exhibit expand expect expense expensive experience experiment
    expert expire explode exploit explore export expose express extend extent extract extreme
    facility factor factory faculty failure fall false familiar family famous farmer fashion
    father faulty favour feature federal feed fellow female festival fiction fifteen figure filter
    finance finger finish fishery flavour flexible flight float flour flower follow football
    foreign forest forget forgive formal former formula fortune forward foundation fourteen
    freedom freeze frequent friday friend frighten frozen frustrate function funeral furniture
    future gallery garage garden garlic gather gender general generate generous gentle genuine
    gesture glance global golden good govern gradual graduate grammar grandfather grandmother
    grass grateful grocery ground guarantee guilty guitar handle harbour harvest headline health
    heaven height help helpful hesitate hidden highlight hill historic history holiday honest
    honour horizon horrible horror hospital hostile household humour hundred hunger hungry husband
    identify identity ignore illegal illness illustrate imagine impact import important impose
    impossible impress improve inch incident include income increase incredible indeed independent
    indicate individual industry infant infect inflation influence inform ingredient inherit
    initial injure injury innocent innovate insect inside insist inspect inspire install instance
    instant instead instinct institute instruct instrument insult insure intellectual intelligent
    intense interest interior internal international internet interpret interrupt interval
    interview introduce invade invent invest investigate invite involve island isolate jacket
    jealous journal journey jungle junior justice justify kitchen knowledge labour lady language
    later latter launch laundry lawyer leader league leather lecture legend leisure length lesson
    letter liable liberal library licence likely line liquid liquor literary literature litre
    little locate lonely loose loss lottery lovely luggage luxury machine magazine main maintain
    manage manager manner manual manufacture margin marine market marriage married mass massive
    master material matter mature maximum meal mean measure meat mechanic medical medicine medium
    meet member memory mental merchant mess message method middle midnight migrate military
    million mineral minimum minister minority minute miracle mirror miserable miss missile mission
    mistake mobile mode moderate modern modest moment monday monitor mood moon mortality mortgage
    mother motion motive mountain muscle museum mushroom mutual mystery narrow nation national
    native natural nature navy necessary needle negative neglect negotiate neighbour nervous
    network neutral newspaper nice nineteen ninety noon normal nothing notice notion nuclear
    number numerous object oblige observe obtain obvious occasion occupy occur offence offend
    office officer official online operate opinion opponent opportunity oppose opposite option
    orange ordinary organise origin original outcome output outside overall overcome overpaid
    overseas oxygen pack package pair palace parade parent parliament partial participate particle
    particular partner pass passage passenger passion passive passport patent path patience
    patient pattern peace peasant peculiar penalty pencil pension people pepper perceive perfect
    perform perhaps period permanent permit person personal persuade petrol phenomenon philosophy
    phrase physical picture pioneer planet plastic platform play player pleasure plenty plural
    pocket poetry poison police policy polite political pollution pool poor popular population
    portion portrait position positive possess possible potato potential poverty powder practical
    practice praise precious precise predict prefer pregnant prepare presence present preserve
    president pressure pretend pretty prevent previous priest primary prince princess principal
    principle priority prison prisoner private probable problem procedure proceed process produce
    product profession professor profile profit program progress prohibit project promise promote
    prompt proper property proportion proposal propose prospect protect protein protest provide
    province provision public publish punish purchase purple purpose pursue puzzle qualify quality
    quantity quarrel quarter question radiation radical raise random read real realise reason
    recall receipt receive recent recipe reckon recognise recommend record recover recruit reduce
    refer reflect reform refugee refund refuse regard region register regret regular regulate
    reject relate relative release relevant relief relieve religion reluctant remain remark
    remarkable remedy remember remind remote remove rental renter repair repeat replace report
    represent reproduce republic reputation request require rescue research resemble reserve
    reside resident resign resist resolve resort resource respect respond responsible restaurant
    restore restrict result resume retail retain retire retreat return reveal revenge revenue
    reverse review revise revolution reward rhythm rocket romance romantic room root rotten
    routine rubber rubbish ruin rumour sacred sacrifice safety saint salary sample sanction
    sandwich satellite satisfy saturday scandal scatter schedule scheme scholar school science
    scientific scissors scratch scream screen script search season seat second secret secretary
    section sector secure seed seem select senate senior sensible sensitive sensor sentence
    separate sequence series serious servant service session settle seventeen seventy several
    severe shadow shallow shelter shoot shot shoulder shower shrink sign signal silence silent
    silver similar simple sincere sing single sister situation sixteen slight smooth social
    society soldier solution soon source special species specific speech spirit spite sponsor
    spread spring square stable stadium staff standard starve statement station statistic statue
    status steady steep step stimulate stomach straight strain strand strange stranger strategy
    stream street strength strengthen stress stretch strict strike string stroke strong structure
    struggle student studio stupid subject submit substance substitute subtle suburb succeed
    success sudden suffer suggest suicide suitable summary summer summit sunday super supper
    supply support suppose supreme surface surgery surplus surprise surrender surround survey
    survive suspect suspend sustain swallow switch symbol sympathy symptom system tackle talent
    tall target teacher technical technique technology teenager telephone television temper
    temperature temple temporary tender tennis tension terrible terrify territory terror test
    textile theatre theory therapy thirsty thirteen thirty thorough thought thousand thread threat
    threaten throat thunder thursday ticket tired tissue title tobacco together toilet tomato
    tomorrow tongue tonight torture tourist tradition traffic tragedy trail trainer transfer
    transform transit translate transmit transparent transplant transport trap travel treasure
    treatment treaty tree tremble tremendous trial triumph tropical trouble tuesday tunnel twelve
    twenty typical ultimate umbrella unable unclear understand understood unemployed unfair
    uniform unique unit unite united universe university unknown unlikely untied unusual update
    urgent useful vacant vacation valley vanish variation variety various vegetable vehicle
    venture version vertical vessel veteran victim victory village violate violence violent
    virtual virtue visible vision visitor volume volunteer wall wander warrant wealth weapon
    weather wedding wednesday weed weekend weight welcome welfare whisper whistle wicked window
    winner winter wisdom witness wolf wonder worker workshop yellow yesterday
"""
